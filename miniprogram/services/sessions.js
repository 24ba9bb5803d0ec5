import { api } from './api.js';

/** Days that one page of a department shows; the API's own number. */
const PAGE_SIZE = 100;

/**
 * @param {number | string} department @param {{from?: string, to?: string}} [query]
 * @returns {Promise<{visit_date: string, state: string | null, state_label: string, sessions: number, seats_left: number}[]>}
 */
export function daysOfDepartment(department, query) {
  return api.get(`/departments/${department}/availability`, { query, isPublic: true });
}

/**
 * @param {{department?: number | string, doctor?: number | string, from?: string, to?: string}} query
 * @returns {Promise<any[]>}
 */
export async function listSessions(query) {
  const { results } = await api.get('/sessions', { query: { ...query, page_size: PAGE_SIZE }, isPublic: true });
  return results;
}

/** @param {number | string} id @returns {Promise<{session: any, slots: any[]}>} */
export function slotsOf(id) {
  return api.get(`/sessions/${id}/slots`, { isPublic: true });
}

/**
 * @param {number | string} id @param {number | null} patient who is to be judged; null: nobody
 * @returns {Promise<any>} hospital, session, slot, terms, hold_minutes and the patient's chance
 */
export function slotToBook(id, patient) {
  return patient === null ? api.get(`/slots/${id}`, { isPublic: true }) : api.get(`/slots/${id}`, { query: { patient } });
}
