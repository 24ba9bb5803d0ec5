import { api } from './api.js';

/**
 * @typedef {object} Account
 * @property {number} id
 * @property {string} phone masked
 * @property {boolean} has_phone
 * @property {boolean} has_wechat
 * @property {number} patients_limit
 * @property {string} consent_version
 */

/** @returns {Promise<Account>} */
export function me() {
  return api.get('/me');
}

/** @param {string} code of a button with open-type="getPhoneNumber" @returns {Promise<Account>} */
export function bindPhone(code) {
  return api.post('/auth/phone', { wechat_code: code });
}

/** @param {string} phone @returns {Promise<{expires_at: string, next_at: string}>} `next_at`: from then on another code is sent */
export function sendSmsCode(phone) {
  return api.post('/auth/sms-code', { phone }, { isPublic: true });
}

/** @param {string} phone @param {string} code of the text message @returns {Promise<Account>} */
export function bindPhoneBySms(phone, code) {
  return api.post('/auth/phone', { phone, code });
}

/** @returns {Promise<any>} everything that is kept about the person */
export function exportOfMe() {
  return api.get('/me/export', { timeout: 30_000 });
}

/** Ends the account for good. @param {string} key kept for a retry @returns {Promise<any>} */
export async function deleteAccount(key) {
  const answer = await api.delete('/me', { key });
  api.session.end();
  return answer;
}

/** Ends the session here and at the server; what the server does not hear ends by itself. */
export async function signOut() {
  const tokens = api.session.tokens;
  try {
    if (tokens) await api.post('/auth/logout', { refresh: tokens.refresh });
  } finally {
    api.session.end();
  }
}
