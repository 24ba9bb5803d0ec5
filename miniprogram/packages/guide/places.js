import { departmentRow, distance } from '../../adapters/hospital.js';

/** As many are shown before somebody asks for more. */
export const FIRST_PLACES = 3;

/** @param {any} department with its hospital, as the API gives it @param {string} own code of the hospital that the person came from */
function placeRow(department, own) {
  const { hospital } = department;
  return {
    ...departmentRow(department),
    hospital: hospital.code,
    hospitalName: hospital.name,
    distance: distance(department.distance_metres),
    isOwn: hospital.code === own,
  };
}

/**
 * @param {ReturnType<typeof import('./advice.js').adviceFor>} advice
 * @param {{code: string, departments: any[]}[]} groups of the same subjects
 * @param {string} own code of the hospital that the person came from, or nothing
 */
export function withPlaces(advice, groups, own) {
  return advice.map((one) => {
    const found = groups.find(({ code }) => code === one.code)?.departments ?? [];
    const places = found.map((department) => placeRow(department, own));
    return { ...one, places, shown: FIRST_PLACES, isElsewhere: Boolean(own) && places.length > 0 && !places[0].isOwn };
  });
}
