import { errorOf, errorOfFailure } from './api_error.js';
import { Session } from './session.js';

const READ_TIMEOUT_MS = 8_000;
/** A booking waits for WeChat's payment order, which has 5 seconds of its own. */
const WRITE_TIMEOUT_MS = 15_000;
/** Between the attempts of a read; a write is never sent twice by itself. */
const RETRY_AFTER_MS = [300, 900];

/**
 * @typedef {object} Options
 * @property {Record<string, string | number | boolean | null | undefined>} [query] null and undefined are left out
 * @property {any} [body]
 * @property {string} [key] the Idempotency-Key; keep it when the person tries the same write again
 * @property {boolean} [isPublic] needs nobody to be signed in
 * @property {number} [timeout] milliseconds
 */

/** @returns {string} a new Idempotency-Key: 8–64 visible ASCII characters */
export function newKey() {
  const part = () => Math.random().toString(36).slice(2, 12);
  return `${Date.now().toString(36)}-${part()}${part()}`;
}

/**
 * The one way to the API. Every method promises the JSON of the answer (null for 204) and rejects with an ApiError.
 *
 * @param {any} platform `wx`, or what stands for it
 * @param {string} base address of the API, without a slash at the end
 * @param {(milliseconds: number) => Promise<void>} [pause]
 */
export function createClient(platform, base, pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds))) {
  /**
   * @param {string} method @param {string} path
   * @param {Options & {header?: Record<string, string>}} options
   * @returns {Promise<{statusCode: number, data: any}>}
   */
  const send = (method, path, { query, body, timeout, header = {} }) =>
    new Promise((resolve, reject) => {
      platform.request({
        url: base + path + queryText(query),
        method,
        data: body,
        header,
        timeout: timeout ?? (method === 'GET' ? READ_TIMEOUT_MS : WRITE_TIMEOUT_MS),
        success: resolve,
        fail: (failure) => reject(errorOfFailure(failure)),
      });
    });
  const session = new Session(platform, (path, body) => send('POST', path, { body }));

  /** Sends with a token; where the API refuses it, once more with a new one and everything else the same. */
  const sendSigned = async (deliver, header) => {
    const token = await session.access();
    const answer = await deliver({ ...header, Authorization: `Bearer ${token}` });
    if (answer.statusCode !== 401) return answer;
    return deliver({ ...header, Authorization: `Bearer ${await session.renew(token)}` });
  };

  const call = async (method, path, options = {}) => {
    const header = method === 'GET' ? {} : { 'Idempotency-Key': options.key ?? newKey() };
    const deliver = (headers) => send(method, path, { ...options, header: headers });
    const answer = await (options.isPublic ? deliver(header) : sendSigned(deliver, header));
    return bodyOf(answer);
  };

  return {
    session,
    /** @param {string} path @param {Options} [options] @returns {Promise<any>} */
    get: (path, options) => retried(() => call('GET', path, options), pause),
    /** @param {string} path @param {any} [body] @param {Options} [options] @returns {Promise<any>} */
    post: (path, body, options) => call('POST', path, { ...options, body: body ?? {} }),
    /** @param {string} path @param {any} body @param {Options} [options] @returns {Promise<any>} */
    put: (path, body, options) => call('PUT', path, { ...options, body }),
    /** @param {string} path @param {Options} [options] @returns {Promise<any>} */
    delete: (path, options) => call('DELETE', path, options),
    /**
     * @param {string} path
     * @param {{filePath: string, name: string, formData?: Record<string, string>, key?: string,
     *   onProgress?: (percent: number) => void}} file
     * @returns {Promise<any>}
     */
    async upload(path, { key = newKey(), onProgress, ...file }) {
      const deliver = (header) =>
        new Promise((resolve, reject) => {
          const task = platform.uploadFile({
            ...file, url: base + path, header, success: resolve, fail: (failure) => reject(errorOfFailure(failure)),
          });
          if (onProgress) task.onProgressUpdate(({ progress }) => onProgress(progress));
        });
      const { statusCode, data } = await sendSigned(deliver, { 'Idempotency-Key': key });
      return bodyOf({ statusCode, data: parsed(data) });
    },
    /** @param {string} path of a file that only this person may see @returns {Promise<string>} where the phone keeps it for now */
    async download(path) {
      const deliver = (header) =>
        new Promise((resolve, reject) => {
          platform.downloadFile({ url: base + path, header, success: resolve, fail: (failure) => reject(errorOfFailure(failure)) });
        });
      const { statusCode, tempFilePath } = await sendSigned(deliver, {});
      if (statusCode !== 200) throw errorOf(statusCode, null);
      return tempFilePath;
    },
  };
}

function bodyOf({ statusCode, data }) {
  if (statusCode === 204) return null;
  if (statusCode >= 200 && statusCode < 300) return data;
  throw errorOf(statusCode, data);
}

async function retried(read, pause) {
  for (const wait of RETRY_AFTER_MS) {
    try {
      return await read();
    } catch (error) {
      if (!error.isPassing) throw error;
      await pause(wait);
    }
  }
  return read();
}

function queryText(query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
  const text = given.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&');
  return text ? `?${text}` : '';
}

/** `wx.uploadFile` answers text. */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
