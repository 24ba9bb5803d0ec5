import { api } from './api.js';

/**
 * @param {{state?: 'coming' | 'past', page?: number}} [query]
 * @returns {Promise<{count: number, next: string | null, results: any[]}>} those to come the nearest first, past ones the newest first
 */
export function listAppointments(query) {
  return api.get('/appointments', { query });
}

/**
 * @typedef {object} CheckInCode
 * @property {string} patient_name masked
 * @property {string} department_name
 * @property {string} starts_at of the patient's window
 * @property {string} code
 * @property {string} expires_at
 * @property {string} image a data URI
 * @property {boolean} is_registration_queue_free
 */

/** @param {string} code @returns {Promise<CheckInCode>} */
export function checkInCode(code) {
  return api.get(`/appointments/${code}/check-in-code`);
}

/** @param {string} code @param {string} key @returns {Promise<any>} */
export function checkIn(code, key) {
  return api.post(`/appointments/${code}/check-in`, {}, { key });
}

/** @param {string} code @returns {Promise<any>} place and range of waiting of whoever has checked in */
export function queueOf(code) {
  return api.get(`/appointments/${code}/queue`);
}

/** @param {string} code @param {number} slot @param {string} key @returns {Promise<{appointment: any, payment: any | null}>} */
export function moveTo(code, slot, key) {
  return api.post(`/appointments/${code}/move`, { slot }, { key });
}

/**
 * @param {string} code @param {{choice: 'substitute' | 'another-date' | 'refund', slot?: number}} choice @param {string} key
 * @returns {Promise<any>}
 */
export function chooseAfterSuspension(code, choice, key) {
  return api.post(`/appointments/${code}/suspension-choice`, choice, { key });
}
