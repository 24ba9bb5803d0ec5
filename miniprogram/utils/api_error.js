/** What a person is told where the API itself said nothing: every other sentence is the API's own. */
const SENTENCES = {
  offline: '网络不可用，请检查网络后重试。',
  timeout: '网络较慢，没有等到答复，请稍后重试。',
  'server-error': '系统繁忙，请稍后再试。',
  'login-failed': '登录没有成功，请稍后重试。',
};

/** A request that failed, in words for the person: `message` can be shown as it is. */
export class ApiError extends Error {
  /**
   * @param {string} code stable: the API's (config/api_error_table.py), or `offline`, `timeout`, `server-error`, `login-failed`
   * @param {{message?: string, status?: number, detail?: Record<string, any>}} [about]
   */
  constructor(code, { message, status = 0, detail = {} } = {}) {
    super(message || SENTENCES[code] || SENTENCES['server-error']);
    this.name = 'ApiError';
    this.code = code;
    this.status = status;
    this.detail = detail;
  }

  /** Whether the same request may succeed a moment later. */
  get isPassing() {
    return ['offline', 'timeout'].includes(this.code) || this.status >= 500;
  }
}

/**
 * @param {number} status @param {any} body the API's `{code, message, detail}`, or whatever a proxy answered instead
 * @returns {ApiError}
 */
export function errorOf(status, body) {
  const isOurs = body !== null && typeof body === 'object' && typeof body.code === 'string' && typeof body.message === 'string';
  if (isOurs) return new ApiError(body.code, { message: body.message, status, detail: body.detail ?? {} });
  return new ApiError('server-error', { status });
}

/** @param {{errMsg?: string, errno?: number}} failure of `wx.request` @returns {ApiError} */
export function errorOfFailure(failure) {
  return new ApiError(/timeout|timed out/i.test(failure.errMsg ?? '') || failure.errno === 5 ? 'timeout' : 'offline');
}
