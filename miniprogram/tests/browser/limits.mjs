import assert from 'node:assert/strict';
import { test } from 'node:test';

import { messages, miniprogram, options, soon } from './fixture.mjs';

const { open } = miniprogram({
  'pages/home.js': `Page({
    data: { text: '', browser: [typeof window, typeof document, typeof fetch, typeof localStorage, typeof location].join() },
    ask() { wx.requestSubscribeMessage({ tmplIds: ['a'], complete: ({ errMsg }) => this.setData({ text: errMsg }) }); },
    async askLate() { await new Promise((done) => setTimeout(done, 5)); this.ask(); },
    throws() { throw new Error('broken listener'); },
  })`,
  'pages/home.wxml': '<button bind:tap="ask">ask</button><button bind:tap="askLate">late</button><button bind:tap="throws">throw</button><view>{{text}}</view>',
});

/** Gives `source` as a value to setData; returns the message that it throws, or 'ok'. */
const set = (phone, source) =>
  phone.page.evaluate((text) => {
    try {
      globalThis.__runner.page().setData((0, eval)(`(${text})`));
      return 'ok';
    } catch (error) {
      return error.message;
    }
  }, source);

test('setData takes JSON', options, async () => {
  const phone = await open();
  for (const good of ['{ a: null, b: [1, "x", { c: false }] }', '{ "list[0].name": "x" }', '{}', 'Object.assign(Object.create(null), { a: 1 })']) {
    assert.equal(await set(phone, good), 'ok', good);
  }
  assert.deepEqual(await phone.problems(), []);

  const bad = {
    '{ a: undefined }': 'setData "a" is undefined, which is not JSON',
    '{ a: { b: [1, () => 1] } }': 'setData "a.b[1]" is function, which is not JSON',
    '{ a: new Date() }': 'setData "a" is a Date, which is not JSON',
    '{ a: new Map() }': 'setData "a" is a Map, which is not JSON',
    '{ a: NaN }': 'setData "a" is NaN, which is not JSON',
    '{ a: 1n }': 'setData "a" is bigint, which is not JSON',
    '(() => { const a = {}; a.a = a; return { a }; })()': 'setData "a.a" is a cycle, which is not JSON',
    'null': 'setData takes an object',
    '[1]': 'setData takes an object',
  };
  for (const [source, message] of Object.entries(bad)) assert.equal(await set(phone, source), `pages/home: ${message}`);
  assert.equal((await messages(phone)).length, Object.keys(bad).length);
  await phone.close();
});

test('setData takes 256 KB, not more', options, async () => {
  const phone = await open();
  const overhead = '{"a":""}'.length;

  assert.equal(await set(phone, `{ a: 'x'.repeat(${256 * 1024 - overhead}) }`), 'ok');
  assert.equal(await set(phone, `{ a: 'x'.repeat(${256 * 1024 - overhead + 1}) }`), 'pages/home: setData of 257 KB; the limit is 256 KB');
  assert.equal(await set(phone, `{ a: '医'.repeat(${90 * 1024}) }`), 'pages/home: setData of 271 KB; the limit is 256 KB');
  await phone.close();
});

test('over twenty setData in a second are told once', options, async () => {
  const phone = await open();
  // All at once: between two calls from here a busy machine lets the second pass.
  const after = await phone.page.evaluate((counts) => {
    const { page, problems } = globalThis.__runner;
    return counts.map((count) => {
      for (let i = 0; i < count; i += 1) page().setData({ i });
      return problems.map(({ message }) => message);
    });
  }, [20, 10]);
  assert.deepEqual(after, [[], ['pages/home: over 20 setData in a second']]);
  await phone.close();
});

test('a subscription is asked for in a tap, or refused', options, async () => {
  const phone = await open();

  await phone.tap('ask');
  await phone.sees('“约诊”申请向你发送以下消息');
  assert.deepEqual(await phone.problems(), []);
  await phone.close();

  const other = await open();
  await other.tap('late');
  await other.sees('requestSubscribeMessage:fail can only be invoked by user TAP gesture.');
  assert.match((await messages(other))[0], /^wx\.requestSubscribeMessage outside a tap/);
  await other.close();
});

test('what a listener throws, and a promise that nobody catches, is noted', options, async () => {
  const phone = await open();
  await phone.tap('throw');
  await phone.page.evaluate(() => void globalThis.__runner.wx.navigateTo({ url: '' }));

  await soon(async () => assert.deepEqual((await phone.problems()).map(({ kind }) => kind), ['error', 'error']));
  const found = await phone.problems();
  assert.match(found[0].message, /^wx-builtin\/button listener .*broken listener/);
  assert.match(found[1].message, /unhandled rejection: navigateTo:fail/);
  await phone.close();
});

test('an app hears of errors, of promises that nobody catches, and of coming and going', options, async () => {
  const phone = await open();
  await phone.page.evaluate(() => {
    const { wx } = globalThis.__runner;
    globalThis.heard = [];
    for (const name of ['AppHide', 'AppShow', 'Error', 'UnhandledRejection']) {
      wx[`on${name}`]((told) => globalThis.heard.push([name, told?.reason?.errMsg ?? String(told)]));
    }
  });

  await phone.tap('throw');
  await phone.page.evaluate(() => void globalThis.__runner.wx.navigateTo({ url: '' }));
  for (const state of ['hidden', 'visible']) {
    await phone.page.evaluate((given) => {
      Object.defineProperty(document, 'visibilityState', { value: given, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }, state);
  }

  await soon(async () => assert.equal((await phone.page.evaluate(() => globalThis.heard)).length, 4));
  const heard = Object.fromEntries(await phone.page.evaluate(() => globalThis.heard));
  assert.deepEqual(Object.keys(heard).sort(), ['AppHide', 'AppShow', 'Error', 'UnhandledRejection']);
  assert.match(heard.Error, /broken listener/);
  assert.match(heard.UnhandledRejection, /^navigateTo:fail/);
  await phone.close();
});

test('the browser around is hidden from the mini-program', options, async () => {
  const phone = await open();
  assert.equal((await phone.data()).browser, 'undefined,undefined,undefined,undefined,undefined');
  await phone.close();
});
