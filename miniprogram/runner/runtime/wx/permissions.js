import { Failure } from '../failure.js';
import { note } from '../problems.js';
import { make, overlay } from '../shell/dom.js';
import { ask, showModal } from '../shell/sheets.js';

/**
 * @import { Host } from '../boot.js'
 * @import { Phone } from '../phone.js'
 * @import { Apis } from './wrapping.js'
 */

/** @type {Record<string, string>} */
const WORDS = {
  'scope.userFuzzyLocation': '获取你的模糊位置信息',
  'scope.userLocation': '获取你的位置信息',
  'scope.writePhotosAlbum': '保存图片到你的相册',
  'scope.camera': '使用你的摄像头',
  'scope.addPhoneCalendar': '向你的日历添加日程',
};

/** What a person permits, and the privacy guide before it. @param {Host} host @returns {Apis} */
export function permissions(host) {
  const { phone, privacy } = host;
  const settings = () => {
    const authSetting = Object.fromEntries(Object.entries(phone.permissions).filter(([name]) => name.startsWith('scope.')));
    return { authSetting, subscriptionsSetting: { mainSwitch: true } };
  };
  return {
    later: {
      getSetting: settings,
      openSetting: () => openSettings(phone).then(settings),
      authorize: async ({ scope }) => permitted(host, scope),
      getPrivacySetting: () => ({ needAuthorization: privacy.isEnforced && !privacy.isAgreed, privacyContractName: '《约诊小程序隐私保护指引》' }),
      requirePrivacyAuthorize: () => privacy.require('requirePrivacyAuthorize'),
      openPrivacyContract: async () => {
        await showModal({ title: '隐私保护指引', content: '此处为微信后台登记的隐私保护指引全文。', showCancel: false });
      },
    },
    now: {
      onNeedPrivacyAuthorization: (listener) => void (privacy.listener = listener),
      offNeedPrivacyAuthorization: () => void (privacy.listener = null),
    },
  };
}

/**
 * Returns when the person permits; asks where they were not asked before. Throws Failure where they refuse.
 *
 * @param {Pick<Host, 'phone' | 'app'>} host
 * @param {string} scope
 */
export async function permitted({ phone, app }, scope) {
  if (!(scope in WORDS)) throw new Failure('invalid scope');
  const known = phone.permissions[scope];
  if (known === undefined) {
    const desc = app.permission?.[scope]?.desc;
    const isPermitted = await ask({
      kind: 'permission', title: `“约诊”申请${WORDS[scope]}`, lines: desc ? [desc] : [], refuse: '拒绝', accept: '允许',
    });
    phone.permit(scope, isPermitted);
    if (isPermitted) return;
  } else if (known) return;
  throw new Failure('auth deny');
}

/** What app.json must declare, or WeChat refuses. @param {Pick<Host, 'app'>} host @param {string} api @param {string} [scope] */
export function declared({ app }, api, scope) {
  if (!(app.requiredPrivateInfos ?? []).includes(api)) {
    note('wechat', `${api} must be in requiredPrivateInfos of app.json`);
    throw new Failure('the api need to be declared in the requiredPrivateInfos field in app.json/ext.json', { errno: 112 });
  }
  if (scope && !app.permission?.[scope]) {
    note('wechat', `${api} needs permission ${scope} in app.json`);
    throw new Failure(`require permission desc`);
  }
}

/** WeChat's page of permissions, with one switch each. @param {Phone} phone @returns {Promise<void>} */
function openSettings(phone) {
  return new Promise((resolve) => {
    const rows = Object.entries(phone.permissions).filter(([name]) => name in WORDS).map(([name, isOn]) => {
      const box = make('input', { type: 'checkbox', checked: isOn, onchange: () => phone.permit(name, box.checked) });
      return make('label.mp-setting', {}, make('span', { textContent: WORDS[name] }), box);
    });
    const onclick = () => {
      close();
      resolve();
    };
    const close = overlay('ask', make('h2', { textContent: '设置' }), ...rows, make('div.mp-choice', {}, make('button.mp-accept', { textContent: '完成', onclick })));
  });
}
