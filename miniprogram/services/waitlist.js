import { api } from './api.js';

/**
 * @param {{session: number, patient: number}} wanted @param {string} key
 * @returns {Promise<any>} the place, also where it was taken before
 */
export function joinWaitlist(wanted, key) {
  return api.post('/waitlist', wanted, { key });
}

/** @param {{page?: number}} [query] @returns {Promise<{next: string | null, results: any[]}>} those that are open first */
export function listWaitlist(query) {
  return api.get('/waitlist', { query });
}

/** @param {number | string} id @returns {Promise<any>} */
export function waitlistEntry(id) {
  return api.get(`/waitlist/${id}`);
}

/** @param {number | string} id @param {string} key @returns {Promise<any>} */
export function leaveWaitlist(id, key) {
  return api.post(`/waitlist/${id}/leave`, {}, { key });
}
