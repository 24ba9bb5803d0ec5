import { api } from './api.js';

/** @param {{page?: number}} [query] @returns {Promise<{count: number, next: string | null, results: any[]}>} newest first */
export function listAppointments(query) {
  return api.get('/appointments', { query });
}
