import { Failure } from '../failure.js';
import { gesture } from '../gesture.js';
import { note } from '../problems.js';
import { make } from '../shell/dom.js';
import { ask } from '../shell/sheets.js';

/**
 * @import { Host } from '../boot.js'
 * @import { Phone } from '../phone.js'
 * @import { Apis } from './wrapping.js'
 */

const AT_ONCE = 3;
const PAY_FIELDS = ['timeStamp', 'nonceStr', 'package', 'signType', 'paySign'];

/** Signing in, paying, being told: what WeChat does with the person, played by the emulator. @param {Host} host @returns {Apis} */
export function person({ phone }) {
  return {
    later: {
      login: async () => ({ code: await phone.loginCode() }),
      checkSession() {},
      requestPayment: (options) => requestPayment(phone, options),
      requestSubscribeMessage: (options) => requestSubscribeMessage(phone, options),
    },
    now: {},
  };
}

/** @param {Phone} phone @param {Record<string, unknown>} options */
async function requestPayment(phone, options) {
  const parameters = Object.fromEntries(PAY_FIELDS.map((name) => [name, options[name]]));
  const wrong = PAY_FIELDS.find((name) => typeof parameters[name] !== 'string');
  if (wrong) {
    note('wechat', `wx.requestPayment: ${wrong} must be a string`);
    throw new Failure(`parameter error: parameter.${wrong} should be String`);
  }
  const isPaid = await ask({
    kind: 'pay', title: '微信支付', lines: [await dueOf(phone), '模拟支付，不会真实扣款'].filter(Boolean), refuse: '不支付', accept: '支付',
  });
  let told;
  try {
    told = await phone.emulator('request-payment', { decision: isPaid ? 'pay' : 'cancel', ...parameters });
  } catch (error) {
    throw new Failure(error.message);
  }
  gesture.begin(); // WeChat lets a mini-program ask for messages as soon as the sheet has closed
  const failure = /^requestPayment:fail ?(.*)$/.exec(told.errMsg);
  if (failure) throw new Failure(failure[1]);
  return {};
}

/** What the person's newest unpaid order costs; the parameters themselves do not say. @param {Phone} phone @returns {Promise<string>} */
async function dueOf(phone) {
  /** @type {{state: string, payer: string, description: string, yuan: string}[]} */
  const orders = await phone.emulator('orders', null, 'GET');
  const due = orders.find(({ state, payer }) => state === 'NOTPAY' && payer === phone.settings.person);
  return due ? `${due.description}  ¥${due.yuan}` : '';
}

/** @param {Phone} phone @param {{tmplIds?: string[]}} options */
async function requestSubscribeMessage(phone, { tmplIds }) {
  if (!gesture.isActive) {
    note('wechat', 'wx.requestSubscribeMessage outside a tap: call it first thing in the listener of a tap, or when a payment has ended');
    throw new Failure('can only be invoked by user TAP gesture.', { errCode: 20_004 });
  }
  if (!Array.isArray(tmplIds) || tmplIds.length === 0 || tmplIds.length > AT_ONCE) {
    throw new Failure('Templates count out of max bounds', { errCode: 20_003 });
  }
  const titles = await phone.emulator('templates', null, 'GET');
  const boxes = tmplIds.map((id) => make('input', { type: 'checkbox', checked: true, value: id }));
  // An id that WeChat does not know is refused as soon as it is answered for.
  const rows = boxes.map((box) => make('label.mp-setting', {}, make('span', { textContent: titles[box.value] ?? box.value }), box));
  const isAllowed = await ask({
    kind: 'subscribe', title: '“约诊”申请向你发送以下消息', refuse: '取消', accept: '允许', extra: make('div', {}, ...rows),
  });
  if (phone.openid === null) await phone.loginCode();
  /** @type {Record<string, 'accept' | 'reject'>} */
  const answers = {};
  for (const { value, checked } of boxes) {
    const accept = isAllowed && checked;
    try {
      await phone.emulator('subscriptions', { openid: phone.openid, template: value, accept });
    } catch (error) {
      throw new Failure(error.message, { errCode: 20_001 });
    }
    answers[value] = accept ? 'accept' : 'reject';
  }
  return answers;
}

/** The sheet of a button with open-type="getPhoneNumber"; the answer is the event's detail. @param {Host} host */
export async function phoneNumber({ phone, privacy }) {
  try {
    await privacy.require('getPhoneNumber');
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { errMsg: `getPhoneNumber:fail ${error.message}`, ...error.extra };
  }
  const number = phone.settings.phoneNumber;
  const isAllowed = await ask({
    kind: 'phone', title: '“约诊”申请获取并验证你的手机号', lines: [number.replace(/^(\d{3})\d{4}/, '$1****')], refuse: '不允许', accept: '允许',
  });
  if (!isAllowed) return { errMsg: 'getPhoneNumber:fail user deny' };
  const { code } = await phone.emulator('phone-codes', { phone: number });
  return { errMsg: 'getPhoneNumber:ok', code };
}
