/** @param {number | null} metres @returns {string} `350 米`, `2.4 公里`; nothing where it is not known */
export function distance(metres) {
  if (metres === null || metres === undefined) return '';
  if (metres < 1000) return `${Math.round(metres / 10) * 10} 米`;
  return metres < 100_000 ? `${(metres / 1000).toFixed(1)} 公里` : `${Math.round(metres / 1000)} 公里`;
}

/** @param {any} hospital as the API gives it */
export function hospitalRow(hospital) {
  return {
    code: hospital.code,
    name: hospital.name,
    level: hospital.level_label,
    address: hospital.address,
    phone: hospital.phone,
    distance: distance(hospital.distance_metres),
  };
}

const SEX = { female: '仅限女性', male: '仅限男性' };

/** @param {any} department @returns {{id: number, name: string, note: string}} `note`: where it is and whom it takes */
export function departmentRow(department) {
  const { minimum_age: least, maximum_age: most } = department;
  const ages = [least ? `${least} 岁及以上` : '', most !== null ? `${most} 岁及以下` : ''].filter(Boolean).join('、');
  return { id: department.id, name: department.name, note: [department.location, SEX[department.sex_limit], ages].filter(Boolean).join(' · ') };
}

/**
 * @param {{name: string, departments: any[]}[]} groups @param {string} words
 * @returns {{name: string, departments: ReturnType<typeof departmentRow>[]}[]} without groups in which nothing is left
 */
export function departmentGroups(groups, words = '') {
  const wanted = words.trim();
  return groups
    .map((group) => ({
      name: group.name || '其他科室',
      departments: group.departments.filter((each) => `${group.name}${each.name}`.includes(wanted)).map(departmentRow),
    }))
    .filter((group) => group.departments.length > 0);
}
