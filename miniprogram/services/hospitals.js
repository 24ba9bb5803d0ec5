import { api } from './api.js';

/**
 * @param {{near?: string, q?: string, page?: number}} [query] `near` as `longitude,latitude`
 * @returns {Promise<{count: number, next: string | null, results: any[]}>}
 */
export function listHospitals(query) {
  return api.get('/hospitals', { query, isPublic: true });
}

/** @param {string} code @returns {Promise<any>} */
export function hospitalOf(code) {
  return api.get(`/hospitals/${code}`, { isPublic: true });
}
