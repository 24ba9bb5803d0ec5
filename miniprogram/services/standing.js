import { api } from './api.js';

/** @param {{hospital: string, patient: number}} of @returns {Promise<any>} score, tier, what explains them, perks and pauses */
export function standingOf(of) {
  return api.get('/standing', { query: of });
}

/**
 * @param {{hospital: string, patient: number, page?: number}} of
 * @returns {Promise<{count: number, next: string | null, results: any[]}>} standings that were replaced, the newest first
 */
export function pastStandings(of) {
  return api.get('/standing/history', { query: of });
}
