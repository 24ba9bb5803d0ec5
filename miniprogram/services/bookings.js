import { api } from './api.js';

/**
 * @param {{patient: number, slot: number}} wanted @param {string} key kept while the person tries the same booking
 * @returns {Promise<{appointment: any, payment: any | null}>}
 */
export function book(wanted, key) {
  return api.post('/appointments', wanted, { key });
}

/** @param {string} code @returns {Promise<any>} */
export function appointmentOf(code) {
  return api.get(`/appointments/${code}`);
}

/** @param {string} code @returns {Promise<any>} what `wx.requestPayment` takes */
export function paymentOf(code) {
  return api.post(`/appointments/${code}/pay`);
}

/** Lets the server ask WeChat whether it was paid. @param {string} code @returns {Promise<any>} the appointment as it is then */
export function refreshPayment(code) {
  return api.post(`/appointments/${code}/refresh-payment`);
}

/** @param {string} code @param {string} reason @param {string} [key] @returns {Promise<{appointment: any, refund_fen: number}>} */
export function cancelBooking(code, reason, key) {
  return api.post(`/appointments/${code}/cancel`, { reason }, { key });
}

/**
 * Takes a seat that was offered and costs nothing; one that costs is taken by paying.
 *
 * @param {string} code @param {string} key @returns {Promise<any>}
 */
export function acceptOffer(code, key) {
  return api.post(`/appointments/${code}/accept`, {}, { key });
}
