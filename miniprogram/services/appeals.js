import { api } from './api.js';

/** @param {{page?: number}} [query] @returns {Promise<{count: number, next: string | null, results: any[]}>} the newest first */
export function listAppeals(query) {
  return api.get('/appeals', { query });
}

/** @param {number} id @returns {Promise<any>} */
export function appealOf(id) {
  return api.get(`/appeals/${id}`);
}

/**
 * @param {{appointment?: string, restriction?: number, cause: string, statement: string}} appeal about one of the two
 * @param {string} key @returns {Promise<any>}
 */
export function fileAppeal(appeal, key) {
  return api.post('/appeals', appeal, { key });
}

/**
 * @param {number} id @param {string} filePath @param {string} key kept for a retry of the same picture
 * @param {(percent: number) => void} [onProgress]
 * @returns {Promise<any>}
 */
export function addProof(id, filePath, key, onProgress) {
  return api.upload(`/appeals/${id}/proofs`, { filePath, name: 'proof', key, onProgress });
}

/** @param {number} id @param {string} key @returns {Promise<any>} */
export function withdrawAppeal(id, key) {
  return api.post(`/appeals/${id}/withdraw`, {}, { key });
}

/** @param {number} id @param {number} proof @returns {Promise<string>} where the phone keeps the picture for now */
export function proofPicture(id, proof) {
  return api.download(`/appeals/${id}/proofs/${proof}`);
}
