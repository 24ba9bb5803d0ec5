import { api } from './api.js';

/** @param {{hospital: string, patient: number, reason: string}} asked @param {string} key @returns {Promise<any>} */
export function askForReview(asked, key) {
  return api.post('/standing/review', asked, { key });
}

/** @param {number} id @param {string} key @returns {Promise<any>} */
export function withdrawReview(id, key) {
  return api.post(`/standing/review/${id}/withdraw`, {}, { key });
}
