import { api } from './api.js';

/** More than one account ever gives. */
const PAGE_SIZE = 100;

/** @returns {Promise<any[]>} given and withdrawn ones, the newest first */
export async function listConsents() {
  const { results } = await api.get('/consents', { query: { page_size: PAGE_SIZE } });
  return results;
}

/** @param {{kind: string, version: string, patient?: number}} consent @param {string} key @returns {Promise<any>} */
export function giveConsent(consent, key) {
  return api.post('/consents', consent, { key });
}

/** @param {number} id @param {string} key @returns {Promise<any>} */
export function withdrawConsent(id, key) {
  return api.post(`/consents/${id}/withdraw`, {}, { key });
}

/**
 * @param {string} [version] the one in force where none is named
 * @returns {Promise<{kind: string, version: string, title: string, summary: string, sections: any[]}[]>}
 */
export function consentTexts(version) {
  return api.get('/consent-texts', { query: { version: version || undefined }, isPublic: true });
}
