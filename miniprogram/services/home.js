import { api } from './api.js';

/**
 * The first screen in one request: with the account's own visits where somebody has signed in, and without signing in for them.
 *
 * @param {{near?: string}} [query] `near` as `longitude,latitude`
 * @returns {Promise<{hospitals: any[], has_more_hospitals: boolean, mine: any | null}>}
 */
export function home(query) {
  return api.get('/home', { query, isPublic: api.session.tokens === null });
}
