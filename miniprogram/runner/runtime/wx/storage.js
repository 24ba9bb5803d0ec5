import { Failure } from '../failure.js';

const PREFIX = 'mp:';
/** WeChat's limit for one value. */
const BYTES = 1024 * 1024;

/** @param {string} key @param {unknown} data */
function write(key, data) {
  const text = JSON.stringify({ data });
  if (text.length > BYTES) throw new Failure('entry size limit reached');
  localStorage.setItem(PREFIX + key, text);
}

/** @param {string} key @returns {any} as it was written; undefined where there is nothing */
function read(key) {
  const text = localStorage.getItem(PREFIX + key);
  return text === null ? undefined : JSON.parse(text).data;
}

const keys = () => Object.keys(localStorage).filter((key) => key.startsWith(PREFIX)).map((key) => key.slice(PREFIX.length));
const remove = (/** @type {string} */ key) => localStorage.removeItem(PREFIX + key);
const clear = () => keys().forEach(remove);

function info() {
  const bytes = keys().reduce((sum, key) => sum + (localStorage.getItem(PREFIX + key) ?? '').length, 0);
  return { keys: keys(), currentSize: Math.ceil(bytes / 1024), limitSize: 10_240 };
}

/** @returns {import('./wrapping.js').Apis} */
export function storage() {
  return {
    later: {
      setStorage: ({ key, data }) => write(key, data),
      getStorage({ key }) {
        const data = read(key);
        if (data === undefined) throw new Failure('data not found');
        return { data };
      },
      removeStorage: ({ key }) => remove(key),
      clearStorage: clear,
      getStorageInfo: info,
    },
    now: {
      setStorageSync: write,
      getStorageSync: (key) => read(key) ?? '',
      removeStorageSync: remove,
      clearStorageSync: clear,
      getStorageInfoSync: info,
    },
  };
}
