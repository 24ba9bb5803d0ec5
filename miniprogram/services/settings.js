import { api } from './api.js';

/** @type {Promise<any> | null} */
let asked = null;

/** @returns {Promise<{consent_version: string, patients_limit: number, subscribe: Record<string, string[]>}>} once for each start */
export function settings() {
  asked ??= api.get('/settings', { isPublic: true }).catch((error) => {
    asked = null;
    throw error;
  });
  return asked;
}
