import { api } from './api.js';

/** @returns {Promise<{id: number, phone: string, has_phone: boolean, has_wechat: boolean, patients_limit: number, consent_version: string}>} */
export function me() {
  return api.get('/me');
}

/** @param {string} code of a button with open-type="getPhoneNumber" */
export function bindPhone(code) {
  return api.post('/auth/phone', { wechat_code: code });
}
