import { api } from './api.js';

/** @param {{page?: number}} [query] @returns {Promise<{next: string | null, results: any[]}>} the newest first */
export function listMessages(query) {
  return api.get('/messages', { query });
}

/** @param {number | null} upTo the newest that was shown; null: all @returns {Promise<{unread: number}>} */
export function markRead(upTo) {
  return api.post('/messages/read', { up_to: upTo });
}
