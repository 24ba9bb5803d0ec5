/**
 * What WeChat does for a person (login, phone number, payment, messages) through the runner, the API's client, a real backend and the
 * emulator. Needs the servers and the belongings that `tests/miniprogram/test_wechat.py` makes.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { ROOT } from '../runner/root.js';
import { miniprogram, options as installed } from '../tests/browser/fixture.mjs';

const { YUEZHEN_WEB_URL: backend, YUEZHEN_EMULATOR_URL: emulator, YUEZHEN_SLOT: slot, YUEZHEN_TEMPLATE: template } = process.env;
const options = installed.skip || !slot ? { skip: installed.skip || 'run by tests/miniprogram/test_wechat.py' } : {};

const own = Object.fromEntries(
  ['request', 'session', 'api_error'].map((name) => [`utils/${name}.js`, fs.readFileSync(path.join(ROOT, `utils/${name}.js`), 'utf8')]),
);
const { open } = miniprogram(
  {
    ...own,
    'pages/home.js': `
      import { createClient, newKey } from '../utils/request.js';
      const api = createClient(wx, 'http://api.example/api/v1');
      const key = newKey();
      Page({
        data: { told: '' },
        tell(text) { this.setData({ told: text }); },
        async add() {
          const { consent_version } = await api.get('/me');
          const document_number = '${process.env.YUEZHEN_DOCUMENT}';
          const patient = await api.post('/patients', { name: '周小舟', document_type: '01', document_number, relationship: 'self', consents: ['health-data'], consent_version });
          this.patient = patient.id;
          this.tell('added ' + patient.name);
        },
        async book() {
          const { appointment, payment } = await api.post('/appointments', { patient: this.patient, slot: ${Number(slot)} }, { key });
          this.code = appointment.code;
          try {
            await wx.requestPayment(payment);
            this.tell('paid');
          } catch ({ errMsg }) {
            this.tell(errMsg);
          }
        },
        subscribe() {
          wx.requestSubscribeMessage({ tmplIds: ['${template}'], success: (answers) => this.tell(answers['${template}']), fail: ({ errMsg }) => this.tell(errMsg) });
        },
        async phone({ detail }) {
          if (!detail.code) return this.tell(detail.errMsg);
          const { phone } = await api.post('/auth/phone', { wechat_code: detail.code });
          this.tell('bound ' + phone);
        },
      })`,
    'pages/home.wxml': `<button bind:tap="add">add</button><button bind:tap="book">book</button><button bind:tap="subscribe">subscribe</button>
<button open-type="getPhoneNumber" bind:getphonenumber="phone">phone</button><view>{{told}}</view>`,
  },
  { backend, emulator },
);

test('a person signs in, books, pays at the second asking, binds a phone, and wants messages', options, async () => {
  const phone = await open({ person: '周小舟', phone: '13900139000' });
  await phone.tap('add');
  await phone.sees('added 周小舟');

  await phone.tap('book');
  await phone.sees('¥25.00');
  await phone.answer('不支付');
  await phone.sees('requestPayment:fail cancel');
  await phone.tap('book');
  await phone.answer('支付');
  await phone.sees('paid');

  await phone.tap('phone');
  await phone.answer('拒绝');
  await phone.sees('getPhoneNumber:fail privacy permission is not authorized');
  await phone.tap('phone');
  await phone.answer('同意');
  await phone.sees('139****9000');
  await phone.answer('不允许');
  await phone.sees('getPhoneNumber:fail user deny');
  await phone.tap('phone');
  await phone.answer('允许');
  await phone.sees('bound 139****9000');

  await phone.tap('subscribe');
  await phone.answer('允许');
  await phone.sees('accept');
  await phone.tap('subscribe');
  await phone.answer('取消');
  await phone.sees('reject');

  assert.deepEqual([await phone.problems(), phone.errors], [[], []]);
});
