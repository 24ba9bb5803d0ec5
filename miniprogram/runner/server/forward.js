/** Headers that belong to one connection, not to the request. */
const OF_CONNECTION = new Set(['connection', 'content-length', 'host', 'transfer-encoding', 'keep-alive', 'content-encoding']);

/**
 * Sends a request of `wx.request` on, as WeChat's network layer would: only to the domains that the mini-program may ask.
 *
 * @param {{url: string, method: string, headers: Record<string, string>, body: Buffer<ArrayBuffer>, signal: AbortSignal}} request
 * @param {Record<string, string>} domains origin as the mini-program writes it → where the server is
 * @returns {Promise<{refusal: string, body?: undefined} | {status: number, headers: Record<string, string>, body: Buffer}>}
 */
export async function forward({ url, method, headers, body, signal }, domains) {
  const address = new URL(url);
  const target = domains[address.origin];
  if (target === undefined) return { refusal: 'domain' };
  const sent = Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_CONNECTION.has(name.toLowerCase())));
  try {
    const answer = await fetch(target + address.pathname + address.search, {
      method,
      headers: sent,
      body: ['GET', 'HEAD'].includes(method) || body.length === 0 ? undefined : body,
      redirect: 'manual',
      signal,
    });
    const received = Object.fromEntries([...answer.headers].filter(([name]) => !OF_CONNECTION.has(name)));
    return { status: answer.status, headers: received, body: Buffer.from(await answer.arrayBuffer()) };
  } catch (error) {
    if (error.name === 'AbortError') return { refusal: 'abort' };
    if (!(error instanceof TypeError)) throw error;
    const { code = '' } = /** @type {NodeJS.ErrnoException} */ (error.cause ?? {});
    return { refusal: `net::ERR_CONNECTION_FAILED ${code}`.trim() };
  }
}
