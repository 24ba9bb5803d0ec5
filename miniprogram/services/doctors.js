import { api } from './api.js';

/** @param {number | string} id @returns {Promise<any>} */
export function doctorOf(id) {
  return api.get(`/doctors/${id}`, { isPublic: true });
}
