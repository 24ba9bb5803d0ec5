import assert from 'node:assert/strict';
import { test } from 'node:test';

import { call, messages, miniprogram, options, soon } from './fixture.mjs';

const LOGGED = ['onLoad', 'onShow', 'onReady', 'onHide', 'onUnload'];
const page = (name) => `
  const { log } = require('../log.js');
  Page({ ${LOGGED.map((hook) => `${hook}(q) { log.push('${name} ${hook}' + ('${hook}' === 'onLoad' ? ' ' + JSON.stringify(q) : '')); },`).join('\n')}
    takeLog() { return log.splice(0); },
    onTabItemTap(tab) { log.push('${name} tapped ' + tab.text); },
    tell(text) { this.getOpenerEventChannel().emit('told', text); },
    listen() { this.getOpenerEventChannel().on('asked', (text) => log.push('asked ' + text)); },
  });`;
const started = ['home onLoad {}', 'home onShow', 'home onReady'];
const { open } = miniprogram({
  'log.js': 'module.exports = { log: [] };',
  'pages/home.js': page('home'),
  'pages/tab.js': page('tab'),
  'pages/next.js': page('next'),
});
/** Waits until just this has happened since it was asked last: `onReady` comes after the page is shown. */
async function happens(phone, expected) {
  const log = [];
  await soon(async () => {
    log.push(...(await phone.page.evaluate(() => globalThis.__runner.page().takeLog())));
    assert.deepEqual(log, expected);
  });
}

test('pages live as on a phone', options, async () => {
  const phone = await open();
  await happens(phone, started);

  await call(phone, 'navigateTo', { url: '/pages/next?id=1&name=%E7%8E%8B' });
  await happens(phone, ['home onHide', 'next onLoad {"id":"1","name":"%E7%8E%8B"}', 'next onShow', 'next onReady']);
  assert.deepEqual(await phone.routes(), ['/pages/home', '/pages/next?id=1&name=%E7%8E%8B']);

  await phone.back();
  await happens(phone, ['next onUnload', 'home onShow']);

  await call(phone, 'redirectTo', { url: 'next' });
  await happens(phone, ['home onUnload', 'next onLoad {}', 'next onShow', 'next onReady']);
  assert.deepEqual(await phone.problems(), []);
  await phone.close();
});

test('a tab keeps its page, and closes what lies above', options, async () => {
  const phone = await open();
  await happens(phone, started);
  await call(phone, 'navigateTo', { url: '/pages/next' });
  await happens(phone, ['home onHide', 'next onLoad {}', 'next onShow', 'next onReady']);

  await call(phone, 'switchTab', { url: '/pages/tab' });
  await happens(phone, ['next onUnload', 'tab onLoad {}', 'tab onShow', 'tab onReady']);
  await phone.tab('H');
  await happens(phone, ['tab tapped H', 'tab onHide', 'home onShow']);
  assert.deepEqual(await phone.routes(), ['/pages/home']);

  await call(phone, 'reLaunch', { url: '/pages/next?a=1' });
  await happens(phone, ['home onUnload', 'tab onUnload', 'next onLoad {"a":"1"}', 'next onShow', 'next onReady']);
  await phone.close();
});

test('what WeChat refuses is refused, named, and changes nothing', options, async () => {
  const phone = await open();

  assert.deepEqual((await call(phone, 'navigateTo', { url: '/pages/tab' })).failed, { errMsg: 'navigateTo:fail can not navigateTo a tabbar page' });
  assert.deepEqual((await call(phone, 'redirectTo', { url: '/pages/tab' })).failed.errMsg, 'redirectTo:fail can not redirectTo a tabbar page');
  assert.deepEqual((await call(phone, 'switchTab', { url: '/pages/next' })).failed.errMsg, 'switchTab:fail can not switch to no-tabBar page');
  assert.deepEqual((await call(phone, 'navigateTo', { url: '/pages/none' })).failed.errMsg, 'navigateTo:fail page "pages/none" is not found');
  assert.deepEqual((await call(phone, 'navigateBack', {})).failed.errMsg, 'navigateBack:fail cannot navigate back at first page.');

  assert.deepEqual(await phone.routes(), ['/pages/home']);
  assert.deepEqual(await messages(phone), [
    'navigateTo: /pages/tab is a tab; use switchTab',
    'redirectTo: /pages/tab is a tab; use switchTab',
    'switchTab: /pages/next is no tab',
    'navigateTo: /pages/none is no page of app.json',
  ]);
  await phone.close();
});

test('ten pages may be open, not eleven', options, async () => {
  const phone = await open();
  for (let depth = 2; depth <= 10; depth += 1) await call(phone, 'navigateTo', { url: `/pages/next?n=${depth}` });

  assert.equal((await call(phone, 'navigateTo', { url: '/pages/next?n=11' })).failed.errMsg, 'navigateTo:fail webview count limit exceed');
  assert.equal((await phone.routes()).length, 10);
  assert.deepEqual(await messages(phone), ['navigateTo /pages/next: 10 pages are open']);

  await call(phone, 'navigateBack', { delta: 100 });
  assert.deepEqual(await phone.routes(), ['/pages/home']);
  await phone.close();
});

test('opener and opened page talk over the event channel', options, async () => {
  const phone = await open();

  const told = await phone.page.evaluate(async () => {
    const { wx, page } = globalThis.__runner;
    const heard = [];
    const { eventChannel } = await wx.navigateTo({ url: '/pages/next', events: { told: (text) => heard.push(text) } });
    page().tell('one');
    page().listen();
    eventChannel.emit('asked', 'two');
    return heard;
  });

  assert.deepEqual(told, ['one']);
  const log = await phone.page.evaluate(() => globalThis.__runner.page().takeLog());
  assert.ok(log.includes('asked two'));
  await phone.close();
});
