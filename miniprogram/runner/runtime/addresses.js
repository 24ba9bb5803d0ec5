/** @typedef {{route: string, query: Record<string, string>}} Address */

/**
 * Reads the address of a page, as given to `wx.navigateTo`. As on a phone, values are not decoded: who encodes one decodes it.
 *
 * @param {string} url `/pages/home/index?tab=1`, or relative to `base`
 * @param {string} [base] the route of the page that asks
 * @returns {Address}
 */
export function parseAddress(url, base = '') {
  const [path, ...rest] = url.split('?');
  /** @type {Record<string, string>} */
  const query = {};
  for (const part of rest.join('?').split('&').filter(Boolean)) {
    const [name, ...value] = part.split('=');
    query[name] = value.join('=');
  }
  const route = path.startsWith('/') ? path.slice(1) : new URL(path, `http://base/${base}`).pathname.slice(1);
  return { route: route.replace(/\.html$/, ''), query };
}

/** @param {Address} address */
export function writeAddress({ route, query }) {
  const written = Object.entries(query).map(([name, value]) => `${name}=${value}`);
  return `/${route}${written.length ? `?${written.join('&')}` : ''}`;
}
