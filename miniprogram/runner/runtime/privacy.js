import { Failure } from './failure.js';
import { note } from './problems.js';
import { ask } from './shell/sheets.js';

const REFUSED = { errno: 104 };

/** @typedef {{event: string, buttonId?: string}} PrivacyAnswer */
/** @typedef {(answer: (given: PrivacyAnswer) => void, about: {referrer: string}) => void} PrivacyListener */

/** WeChat's privacy guide: nothing private is answered before the person has agreed to it. */
export class Privacy {
  /** @param {import('../compiler/app_config.js').AppJson} app @param {import('./phone.js').Phone} phone */
  constructor(app, phone) {
    this.isEnforced = app.__usePrivacyCheck__ === true;
    this.phone = phone;
    /** @type {PrivacyListener | null} */
    this.listener = null;
    /** The answer to the question that is open. @type {Promise<boolean> | null} */
    this.pending = null;
    /** @type {string | undefined} */
    this.tappedButton = undefined;
  }

  get isAgreed() {
    return this.phone.permissions.privacy === true;
  }

  /** Returns when the person has agreed; asks first where that is needed. Throws Failure where they refuse. @param {string} api */
  async require(api) {
    if (this.isAgreed) return;
    if (!this.isEnforced) note('wechat', `${api} needs "__usePrivacyCheck__": true in app.json`);
    const isAgreed = this.listener ? await this._askListener(api, this.listener) : await this._askPerson();
    if (!isAgreed) throw new Failure('privacy permission is not authorized', REFUSED);
    this.agree();
  }

  agree() {
    this.phone.permit('privacy', true);
  }

  /** The tap on a button with open-type="agreePrivacyAuthorization". @param {string} id */
  buttonTapped(id) {
    this.tappedButton = id;
  }

  /**
   * The mini-program shows its own popup and calls back; several questions at once are answered by one.
   *
   * @param {string} api
   * @param {PrivacyListener} listener
   */
  _askListener(api, listener) {
    this.pending ??= new Promise((resolve) => {
      const answer = (/** @type {PrivacyAnswer} */ { event, buttonId }) => {
        if (event === 'exposureAuthorization') return;
        if (event === 'agree' && this.tappedButton !== buttonId) {
          note('wechat', `privacy: resolve({event: 'agree', buttonId: '${buttonId}'}) without a tap on that button`);
          return;
        }
        this.pending = null;
        resolve(event === 'agree');
      };
      listener(answer, { referrer: api });
    });
    return this.pending;
  }

  _askPerson() {
    this.pending ??= ask({
      kind: 'privacy',
      title: '用户隐私保护提示',
      lines: ['使用前请阅读并同意《约诊小程序隐私保护指引》。'],
      refuse: '拒绝',
      accept: '同意',
    }).finally(() => (this.pending = null));
    return this.pending;
  }
}
