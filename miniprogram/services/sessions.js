import { api } from './api.js';

/** @param {number | string} id @returns {Promise<{session: any, slots: any[]}>} as everyone sees it */
export function slotsOf(id) {
  return api.get(`/sessions/${id}/slots`, { isPublic: true });
}
