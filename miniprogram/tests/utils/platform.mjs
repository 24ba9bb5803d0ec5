/**
 * What stands for `wx` where `utils/request.js` is tested: answers come from a list of functions, one a request, in order.
 *
 * @param {((request: any) => any)[]} answers each returns `{statusCode, data}`, throws what `fail` gets, or promises either
 */
export function platformWith(answers, storage = {}) {
  const sent = [];
  const logins = [];
  const deliver = async (options) => {
    sent.push({ method: options.method ?? 'UPLOAD', path: new URL(options.url).pathname + new URL(options.url).search, data: options.data, header: options.header, timeout: options.timeout });
    const answer = answers.shift();
    if (!answer) throw new Error(`nobody answers ${options.method} ${options.url}`);
    return answer(options);
  };
  return {
    sent,
    logins,
    storage,
    request: (options) => void deliver(options).then(options.success, options.fail),
    uploadFile: (options) => void deliver(options).then(options.success, options.fail),
    async login() {
      logins.push(`code-${logins.length + 1}`);
      return { code: logins.at(-1) };
    },
    getStorageSync: (key) => storage[key] ?? '',
    setStorageSync: (key, value) => void (storage[key] = value),
    removeStorageSync: (key) => void delete storage[key],
  };
}

export const answer = (statusCode, data) => () => ({ statusCode, data });
export const refusal = (status, code, message, detail = {}) => answer(status, { code, message, detail });
export const failure = (errMsg, extra = {}) => () => {
  throw { errMsg: `request:fail ${errMsg}`, ...extra };
};
export const tokens = (name) => ({ access: `access-${name}`, refresh: `refresh-${name}`, expires_in_seconds: 1800 });
