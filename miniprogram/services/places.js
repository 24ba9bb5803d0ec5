import { api } from './api.js';

/**
 * Departments for clinical subjects: those of the hospital named first, then the nearest.
 *
 * @param {{subjects: string, hospital?: string, near?: string, ages?: string, sex?: string}} query `subjects`: codes with commas between;
 * `near` as `longitude,latitude`
 * @returns {Promise<{code: string, name: string, departments: any[]}[]>} in the order of the codes
 */
export function departmentsFor(query) {
  return api.get('/departments', { query, isPublic: true });
}
