import { component } from 'glass-easel-miniprogram-adapter';

import { note } from './problems.js';

/** Beyond this WeChat becomes slow, and its tools complain. */
export const BYTES_AT_ONCE = 256 * 1024;
export const CALLS_PER_SECOND = 20;

const isNpm = (/** @type {string} */ path) => path.includes('miniprogram_npm/');

/**
 * Holds every `setData` against WeChat's rules: what is handed over is JSON, small, and not too often for one page or component,
 * each of which is drawn by itself. A list of thirty that set theirs once is no loop, nor who taps through three pages in a second.
 */
export function guardSetData() {
  const original = component.ComponentCaller.prototype.setData;
  /** @type {WeakMap<object, ReturnType<typeof rateCounter>>} */
  const counters = new WeakMap();
  const countCall = (/** @type {object} */ caller) => {
    const count = counters.get(caller) ?? rateCounter();
    counters.set(caller, count);
    return count(performance.now());
  };
  component.ComponentCaller.prototype.setData = function setData(/** @type {any} */ values, /** @type {any} */ callback) {
    if (!isNpm(this.is)) {
      checkValues(this.is, values);
      if (countCall(this)) note('limit', `${this.is}: over ${CALLS_PER_SECOND} setData in a second`);
    }
    return original.call(this, values, callback);
  };
}

/**
 * Throws a TypeError that names the path of what no phone would take.
 *
 * @param {string} owner the component's path
 * @param {any} values what the mini-program hands over
 */
export function checkValues(owner, values) {
  if (values === null || typeof values !== 'object' || Array.isArray(values)) {
    throw refused(`${owner}: setData takes an object`);
  }
  for (const [key, value] of Object.entries(values)) {
    const why = whyNotJson(value, []);
    if (why) throw refused(`${owner}: setData "${key}${why.path}" is ${why.kind}, which is not JSON`);
  }
  const bytes = new TextEncoder().encode(JSON.stringify(values)).length;
  if (bytes > BYTES_AT_ONCE) throw refused(`${owner}: setData of ${Math.ceil(bytes / 1024)} KB; the limit is 256 KB`);
}

/** @param {string} message */
function refused(message) {
  note('limit', message);
  return new TypeError(message);
}

/** @param {any} value @param {object[]} parents @returns {{path: string, kind: string} | null} */
function whyNotJson(value, parents) {
  if (value === null || ['string', 'boolean'].includes(typeof value)) return null;
  if (typeof value === 'number') return Number.isFinite(value) ? null : { path: '', kind: String(value) };
  if (typeof value !== 'object') return { path: '', kind: typeof value };
  if (parents.includes(value)) return { path: '', kind: 'a cycle' };
  const prototype = Object.getPrototypeOf(value);
  if (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null) {
    return { path: '', kind: `a ${prototype.constructor?.name ?? 'class'}` };
  }
  for (const [key, inner] of Object.entries(value)) {
    const why = whyNotJson(inner, [...parents, value]);
    if (why) return { path: Array.isArray(value) ? `[${key}]${why.path}` : `.${key}${why.path}`, kind: why.kind };
  }
  return null;
}

/** @returns {(now: number) => boolean} whether this call, at `now` ms, is the first one too many of its second */
export function rateCounter() {
  /** @type {number[]} */
  let calls = [];
  let hasTold = false;
  return (now) => {
    calls = calls.filter((at) => now - at < 1000);
    calls.push(now);
    if (calls.length <= CALLS_PER_SECOND) hasTold = false;
    const tells = calls.length > CALLS_PER_SECOND && !hasTold;
    if (tells) hasTold = true;
    return tells;
  };
}
