import { ApiError, errorOf, errorOfFailure } from './api_error.js';

const KEY = 'session';

/**
 * The tokens of the person who is signed in. However many requests find theirs expired, one renews it for all of them.
 *
 * @typedef {{access: string, refresh: string}} Tokens
 */
export class Session {
  /**
   * @param {Pick<typeof wx, 'getStorageSync' | 'setStorageSync' | 'removeStorageSync' | 'login'>} platform
   * @param {(path: string, body: object) => Promise<{statusCode: number, data: any}>} post sends without a token
   */
  constructor(platform, post) {
    this._platform = platform;
    this._post = post;
    /** @type {Promise<string> | null} */
    this._renewal = null;
  }

  /** @returns {Tokens | null} */
  get tokens() {
    return this._platform.getStorageSync(KEY) || null;
  }

  /** @returns {Promise<string>} an access token; signs in where there is none */
  async access() {
    return this.tokens?.access ?? this.renew(null);
  }

  /**
   * @param {string | null} refused the token that did not do; another one by now needs no renewal
   * @returns {Promise<string>}
   */
  renew(refused) {
    const current = this.tokens?.access ?? null;
    if (current !== null && current !== refused) return Promise.resolve(current);
    this._renewal ??= this._renew().finally(() => {
      this._renewal = null;
    });
    return this._renewal;
  }

  /** Forgets the tokens on this phone. */
  end() {
    this._platform.removeStorageSync(KEY);
  }

  async _renew() {
    const before = this.tokens;
    const renewed = before === null ? null : await this._refresh(before.refresh);
    const tokens = renewed ?? (await this._signIn());
    this._platform.setStorageSync(KEY, { access: tokens.access, refresh: tokens.refresh });
    return tokens.access;
  }

  /** @returns {Promise<Tokens | null>} null where the refresh token has ended too */
  async _refresh(refresh) {
    const { statusCode, data } = await this._post('/auth/refresh', { refresh });
    if (statusCode === 200) return data;
    if (statusCode === 401 || statusCode === 400) return null;
    throw errorOf(statusCode, data);
  }

  /** @returns {Promise<Tokens>} */
  async _signIn() {
    const { statusCode, data } = await this._post('/auth/wechat-login', { code: await this._code() });
    if (statusCode === 200) return data;
    throw errorOf(statusCode, data);
  }

  async _code() {
    try {
      return (await this._platform.login()).code;
    } catch (failure) {
      throw failure instanceof Error ? failure : new ApiError('login-failed', { detail: { reason: errorOfFailure(failure).code } });
    }
  }
}
