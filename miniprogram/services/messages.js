import { api } from './api.js';

/** @param {{page?: number}} [query] @returns {Promise<{next: string | null, results: any[]}>} the newest first */
export function listMessages(query) {
  return api.get('/messages', { query });
}
