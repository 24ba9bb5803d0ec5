import { api } from './api.js';

/** More than a patient has in the years that are kept. */
const PAGE_SIZE = 100;

/** @param {{hospital: string, patient: number}} of @returns {Promise<any[]>} the newest first */
export async function listEntitlements(of) {
  const { results } = await api.get('/entitlements', { query: { ...of, page_size: PAGE_SIZE } });
  return results;
}
