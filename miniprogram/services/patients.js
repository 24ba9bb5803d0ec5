import { api } from './api.js';

/**
 * @typedef {object} NewPatient
 * @property {string} name
 * @property {string} [document_type] a code of WS 364 CV02.01.101; a child without a document has a guardian instead
 * @property {string} [document_number]
 * @property {string} [sex]
 * @property {string} [birth_date]
 * @property {string} [phone]
 * @property {number} [guardian]
 * @property {string} relationship
 * @property {string[]} consents
 * @property {string} consent_version
 */

/** @returns {Promise<any[]>} of the account, the one added first at the front */
export function listPatients() {
  return api.get('/patients');
}

/** @param {number} id @returns {Promise<any>} */
export function patientOf(id) {
  return api.get(`/patients/${id}`);
}

/** @param {NewPatient} patient @param {string} key @returns {Promise<any>} */
export function addPatient(patient, key) {
  return api.post('/patients', patient, { key });
}

/**
 * @param {number} id @param {{relationship?: string, phone?: string}} changes what is not named stays @param {string} key
 * @returns {Promise<any>}
 */
export function editPatient(id, changes, key) {
  return api.put(`/patients/${id}`, changes, { key });
}

/** @param {number} id @param {string} key @returns {Promise<null>} */
export function removePatient(id, key) {
  return api.delete(`/patients/${id}`, { key });
}
