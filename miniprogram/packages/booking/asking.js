/**
 * Shows WeChat's payment. Whoever closes it without paying has not failed: the page that follows says how long the seat is kept.
 *
 * @param {any} payment as the API signed it
 * @returns {Promise<'paid' | 'closed'>} what the phone says; only the server knows
 */
export async function askToPay(payment) {
  try {
    await wx.requestPayment(payment);
    return 'paid';
  } catch {
    return 'closed';
  }
}
