import { prefer, preferences } from '../utils/preferences.js';
import { api } from './api.js';

/**
 * Pages on the way to a booking, one request each. Where somebody has signed in, what is open is told for their patient: hot
 * sessions open to the patients of some tiers before everyone, and to those of others not.
 *
 * @typedef {{session: number, code: string, message: string}} Closed a session that others may book, and why this patient may not
 * @typedef {{patient: number, name: string, tier: string, tier_label: string, closed: Closed[]} | null} Viewer
 */

/** @param {string} code @returns {Promise<{hospital: any, groups: {code: string, name: string, departments: any[]}[]}>} */
export function hospitalPage(code) {
  return api.get(`/hospitals/${code}/page`, { isPublic: true });
}

/**
 * @param {number | string} id @param {{from: string, to: string}} period
 * @returns {Promise<{department: any, hospital: any, days: any[], sessions: any[], viewer: Viewer}>}
 */
export function departmentPage(id, period) {
  return seenBy(preferences().patient, `/departments/${id}/page`, period);
}

/**
 * @param {number | string} id @param {{from: string, to: string}} period
 * @returns {Promise<{doctor: any, hospital: any, sessions: any[], viewer: Viewer}>}
 */
export function doctorPage(id, period) {
  return seenBy(preferences().patient, `/doctors/${id}/page`, period);
}

/**
 * @param {number | string} id @param {number | null} [patient] for whom; by default the one who was booked for last
 * @returns {Promise<{session: any, slots: any[], viewer: Viewer}>}
 */
export function sessionPage(id, patient = preferences().patient) {
  return seenBy(patient, `/sessions/${id}/page`);
}

/**
 * A window before it is booked, judged for the patient; the account's first one where none is named.
 *
 * @param {number | string} id @param {number | null} patient
 * @returns {Promise<any>} hospital, session, slot, terms, hold_minutes, the patients, and the chance of the one it is judged for
 */
export function slotPage(id, patient) {
  return ofPatient(patient, (named) => api.get(`/slots/${id}/page`, { query: { patient: named } }));
}

/**
 * Where an appointment may be moved to, as its patient sees it.
 *
 * @param {string} code
 * @returns {Promise<{appointment: any, days: any[], sessions: any[], viewer: Viewer}>}
 */
export function movePage(code) {
  return api.get(`/appointments/${code}/move/page`);
}

/**
 * @param {number} session
 * @returns {Promise<{session: any, waitlist: any, patients: any[]}>} whether its waitlist can be joined, and whom for
 */
export function waitlistPage(session) {
  return api.get(`/waitlist/sessions/${session}/page`);
}

/**
 * A person's own page.
 *
 * @param {number | null} patient whose standings; the account's first one where none is named
 * @returns {Promise<any>} account, patients, patient, standings, and how much waits behind each entry
 */
export function summary(patient) {
  return ofPatient(patient, (named) => api.get('/me/summary', { query: { patient: named } }));
}

/** @param {number | null} patient @param {string} path @param {Record<string, string>} [query] */
function seenBy(patient, path, query) {
  if (api.session.tokens === null) return api.get(path, { query, isPublic: true });
  return ofPatient(patient, (named) => api.get(path, { query: { ...query, patient: named } }));
}

/**
 * Asks for a patient whom this phone remembers; one who was taken out of the account elsewhere is forgotten.
 *
 * @param {number | null} patient @param {(patient: number | null) => Promise<any>} ask
 */
async function ofPatient(patient, ask) {
  try {
    return await ask(patient);
  } catch (error) {
    if (error.code !== 'patient-not-found' || patient === null) throw error;
    if (preferences().patient === patient) prefer({ patient: null });
    return ask(null);
  }
}
