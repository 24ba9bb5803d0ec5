import { Failure } from '../failure.js';
import { note } from '../problems.js';
import { asyncApi } from './wrapping.js';

/**
 * @import { Host } from '../boot.js'
 * @import { Phone } from '../phone.js'
 * @import { Apis } from './wrapping.js'
 */

const TIMEOUT_MS = 60_000;
const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'CONNECT'];

/**
 * @typedef {object} RequestOptions
 * @property {string} url
 * @property {unknown} [data]
 * @property {string} [method]
 * @property {Record<string, unknown>} [header]
 * @property {string} [dataType]
 * @property {string} [responseType]
 */

/** @typedef {Pick<RequestOptions, 'url' | 'header'> & {filePath: string, name: string, formData?: Record<string, string>}} UploadOptions */

/**
 * @typedef {object} Sent
 * @property {string} url
 * @property {string} method
 * @property {Record<string, string>} headers
 * @property {string | ArrayBuffer} [body]
 * @property {AbortSignal} signal
 */

/**
 * `wx.request` and its like. Requests go through the runner's server, which forwards those to the mini-program's own domains.
 *
 * @param {Host} host
 * @returns {Apis}
 */
export function network({ phone, app }) {
  /** @type {Set<(status: {isConnected: boolean, networkType: string}) => void>} */
  const listeners = new Set();
  const tell = () => {
    const status = { isConnected: phone?.isOnline, networkType: phone?.isOnline ? phone.settings.network : 'none' };
    for (const listener of listeners) listener(status);
  };
  phone?.on('change', (changes) => 'network' in changes && tell());

  /** @type {(name: string, send: (options: any, signal: AbortSignal) => Promise<unknown>) => (options?: any) => {abort: () => void}} */
  const task = (name, send) => (options = {}) => {
    const abort = new AbortController();
    const limit = options.timeout ?? app.networkTimeout?.[name] ?? TIMEOUT_MS;
    const timer = setTimeout(() => abort.abort('timeout'), limit);
    const run = () => send(options, abort.signal).finally(() => clearTimeout(timer));
    asyncApi(name, run)({ fail() {}, ...options });
    return { abort: () => abort.abort('abort'), ...SILENT_LISTENERS };
  };

  return {
    later: {
      getNetworkType: () => ({ networkType: phone.isOnline ? phone.settings.network : 'none' }),
    },
    now: {
      request: task('request', (options, signal) => request(phone, options, signal)),
      uploadFile: task('uploadFile', (options, signal) => uploadFile(phone, options, signal)),
      downloadFile: task('downloadFile', (options, signal) => downloadFile(phone, options, signal)),
      onNetworkStatusChange: (listener) => listeners.add(listener),
      offNetworkStatusChange: (listener) => (listener ? listeners.delete(listener) : listeners.clear()),
    },
    start() {
      addEventListener('online', tell);
      addEventListener('offline', tell);
    },
  };
}

const SILENT_LISTENERS = Object.fromEntries(
  ['onHeadersReceived', 'offHeadersReceived', 'onProgressUpdate', 'offProgressUpdate', 'onChunkReceived', 'offChunkReceived'].map((name) => [name, () => {}]),
);

/** @param {Phone} phone @param {RequestOptions} options @param {AbortSignal} signal */
async function request(phone, options, signal) {
  const { url, data, dataType = 'json', responseType = 'text' } = options;
  const method = (options.method ?? 'GET').toUpperCase();
  if (!METHODS.includes(method)) {
    note('wechat', `wx.request has no method ${method}`);
    throw new Failure(`parameter error: parameter.method should be one of ${METHODS.join(', ')}`);
  }
  const headers = { 'content-type': 'application/json', ...lowerCased(options.header) };
  const isQuery = ['GET', 'HEAD'].includes(method);
  const target = isQuery ? withQuery(url, data) : url;
  const answer = await forward(phone, { url: target, method, headers, body: isQuery ? undefined : written(data, headers), signal });
  if (responseType === 'arraybuffer') return { ...answer.head, data: await answer.response.arrayBuffer() };
  const text = await answer.response.text();
  return { ...answer.head, data: dataType === 'json' ? parsed(text) : text };
}

/** @param {Phone} phone @param {UploadOptions} options @param {AbortSignal} signal */
async function uploadFile(phone, { url, filePath, name, formData = {}, header }, signal) {
  const file = phone.files.get(filePath);
  if (!file) throw new Failure('file not found');
  const form = new FormData();
  for (const [key, value] of Object.entries(formData)) form.append(key, value);
  form.append(name, file.blob, filePath.split('/').at(-1));
  const { 'content-type': _, ...headers } = lowerCased(header);
  const encoded = new Response(form);
  headers['content-type'] = encoded.headers.get('content-type') ?? 'multipart/form-data';
  const answer = await forward(phone, { url, method: 'POST', headers, body: await encoded.arrayBuffer(), signal });
  return { ...answer.head, data: await answer.response.text() };
}

/** @param {Phone} phone @param {Pick<RequestOptions, 'url' | 'header'>} options @param {AbortSignal} signal */
async function downloadFile(phone, { url, header }, signal) {
  const { head, response } = await forward(phone, { url, method: 'GET', headers: lowerCased(header), signal });
  const type = head.header['content-type'] ?? head.header['Content-Type'] ?? 'application/octet-stream';
  return { ...head, tempFilePath: phone.keepFile(new Blob([await response.arrayBuffer()], { type })) };
}

/** @param {Phone} phone @param {Sent} sent */
async function forward(phone, { url, method, headers, body, signal }) {
  if (typeof url !== 'string' || !/^https?:\/\//.test(url)) throw new Failure(`invalid url "${url}"`);
  if (phone.settings.network === 'none') throw new Failure('net::ERR_INTERNET_DISCONNECTED', { errno: 600_001 });
  const about = { 'x-url': new URL(url).href, 'x-method': method, 'x-headers': encodeURIComponent(JSON.stringify(headers)) };
  let response;
  try {
    response = await fetch(`${phone.base}forward`, { method: 'POST', headers: about, body, signal });
  } catch (error) {
    if (signal.aborted) throw new Failure(signal.reason, signal.reason === 'timeout' ? { errno: 5 } : {});
    if (error instanceof TypeError) throw new Failure('net::ERR_INTERNET_DISCONNECTED', { errno: 600_001 });
    throw error;
  }
  const refusal = response.headers.get('x-refused');
  if (refusal === 'domain') {
    note('wechat', `${url} is of no domain that the mini-program may ask (runner/server/forward.js)`);
    throw new Failure('url not in domain list', { errno: 600_002 });
  }
  if (refusal !== null) throw new Failure(refusal, { errno: 600_003 });
  const header = JSON.parse(decodeURIComponent(response.headers.get('x-answer-headers') ?? '{}'));
  return { head: { statusCode: Number(response.headers.get('x-status')), header, cookies: [] }, response };
}

/** @param {RequestOptions['header']} header */
const lowerCased = (header = {}) => Object.fromEntries(Object.entries(header).map(([name, value]) => [name.toLowerCase(), String(value)]));

/** @param {string} url @param {unknown} data */
function withQuery(url, data) {
  if (data === undefined || data === null) return url;
  const query = typeof data === 'string' ? data : new URLSearchParams(Object.entries(data).map(([name, value]) => [name, String(value)])).toString();
  return query ? `${url}${url.includes('?') ? '&' : '?'}${query}` : url;
}

/** @param {unknown} data @param {Record<string, string>} headers */
function written(data, headers) {
  if (data === undefined || data === null) return undefined;
  if (typeof data === 'string' || data instanceof ArrayBuffer) return data;
  if (headers['content-type'].includes('urlencoded')) return new URLSearchParams(/** @type {Record<string, string>} */ (data)).toString();
  return JSON.stringify(data);
}

/** As WeChat: an answer that is no JSON stays text. @param {string} text @returns {unknown} */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}
