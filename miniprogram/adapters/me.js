/** How many hospitals the first page of a person's own has room for; the others are a tap away. */
const SHOWN = 3;

/** @param {any} account of GET /me */
export function accountRow(account) {
  return {
    phone: account.has_phone ? account.phone : '',
    title: account.has_phone ? account.phone : '微信用户',
    note: account.has_phone ? '已绑定手机号' : '绑定手机号后，停诊、改期时能联系到您',
  };
}

/**
 * @param {{code: string, name: string}[]} hospitals @param {string[]} recent codes of those last looked at, newest first
 * @returns {{code: string, name: string}[]} those of which the standing is shown, the last looked at first
 */
export function hospitalsShown(hospitals, recent) {
  const known = recent.flatMap((code) => hospitals.filter((each) => each.code === code));
  return [...known, ...hospitals.filter((each) => !recent.includes(each.code))].slice(0, SHOWN).map(({ code, name }) => ({ code, name }));
}

/** @param {{code: string, name: string}} hospital @param {any} standing of GET /standing; null where it could not be read */
export function standingEntry(hospital, standing) {
  const isPaused = Boolean(standing?.restricted_until);
  return {
    code: hospital.code,
    name: hospital.name,
    tier: standing?.tier ?? 'unrated',
    score: standing?.score ? `${Math.round(Number(standing.score) * 10) / 10} 分` : '暂无评分',
    note: isPaused ? '在线预约暂停中' : '',
  };
}
