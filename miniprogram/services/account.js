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
