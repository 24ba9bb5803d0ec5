import { api } from './api.js';

/** @returns {Promise<any[]>} of the account, the one added first at the front */
export function listPatients() {
  return api.get('/patients');
}
