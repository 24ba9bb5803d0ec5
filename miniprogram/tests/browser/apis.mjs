import assert from 'node:assert/strict';
import { test } from 'node:test';

import { call, messages, miniprogram, options, request } from './fixture.mjs';

const { open } = miniprogram({
  'app.js': 'App({ onThemeChange({ theme }) { this.theme = theme; } })',
  'pages/home.json': { enablePullDownRefresh: true },
  'pages/home.js': `Page({
    data: { place: '', popup: false, pulled: 0, bottom: 0, scrolled: 0 },
    onLoad() { this.setData({ scheme: wx.getAppBaseInfo().theme }); },
    near() {
      wx.getFuzzyLocation({ success: ({ latitude }) => this.setData({ place: String(latitude) }), fail: ({ errMsg, errno }) => this.setData({ place: errMsg + ' ' + errno }) });
    },
    pick() {
      wx.chooseMedia({ count: 1, mediaType: ['image'], success: ({ tempFiles }) => this.setData({ place: tempFiles[0].size + ' bytes' }), fail: ({ errMsg }) => this.setData({ place: errMsg }) });
    },
    look() { wx.previewImage({ urls: ['data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg" width="400" height="900"/>'] }); },
    listen() { wx.onNeedPrivacyAuthorization((answer) => { this.answer = answer; this.setData({ popup: true }); }); },
    agree() { this.answer({ event: 'agree', buttonId: 'agree' }); },
    agreeUntapped() { this.answer({ event: 'agree', buttonId: 'agree' }); },
    refuse() { this.answer({ event: 'disagree' }); },
    onPullDownRefresh() { this.setData({ pulled: this.data.pulled + 1 }); },
    onReachBottom() { this.setData({ bottom: this.data.bottom + 1 }); },
    onPageScroll({ scrollTop }) { this.setData({ scrolled: scrollTop }); },
    onShareAppMessage({ from }) { return { title: 'shared by ' + from, path: '/pages/next?id=1' }; },
  })`,
  'pages/home.wxml': `<button bind:tap="near">near</button><button bind:tap="listen">listen</button><button bind:tap="pick">pick</button>
<view style="position: fixed; inset: auto 0 0; height: 60px" bind:tap="look">look</view>
<view wx:if="{{popup}}" style="position: fixed; inset: auto 0 0"><button id="agree" open-type="agreePrivacyAuthorization" bind:agreeprivacyauthorization="agree">yes</button>
<button bind:tap="refuse">no</button><button bind:tap="agreeUntapped">sneak</button></view>
<view>{{place}}</view><button open-type="share">share</button><view style="height: 3000rpx">tall</view>`,
});

test('requests reach the server as they were meant, and answers come back whole', options, async () => {
  const phone = await open();

  const posted = await request(phone, { url: 'http://api.example/x?a=%2C中', method: 'POST', data: { name: '王' }, header: { 'X-Mark': '1' } });
  assert.equal(posted.statusCode, 200);
  assert.equal(posted.header['x-served'], 'yes');
  assert.equal(posted.errMsg, 'request:ok');
  assert.deepEqual([posted.data.method, posted.data.url, posted.data.headers['x-mark']], ['POST', '/x?a=%2C%E4%B8%AD', '1']);
  assert.equal(Buffer.from(posted.data.body, 'latin1').toString(), '{"name":"王"}');

  assert.equal((await request(phone, { url: 'http://api.example/x', data: { q: 'a b', n: 1 } })).data.url, '/x?q=a+b&n=1');
  assert.equal((await request(phone, { url: 'http://api.example/text' })).data, 'words');
  assert.equal((await request(phone, { url: 'http://api.example/status/503' })).statusCode, 503);
  assert.deepEqual([await phone.problems(), phone.errors], [[], []]);
  await phone.close();
});

test('requests fail as on a phone: other domains, methods, silence, no network', options, async () => {
  const phone = await open();

  assert.equal((await request(phone, { url: 'http://other.example/x' })).failed.errMsg, 'request:fail url not in domain list');
  assert.match((await request(phone, { url: 'http://api.example/x', method: 'PATCH' })).failed.errMsg, /^request:fail parameter error/);
  assert.deepEqual((await request(phone, { url: 'http://api.example/slow', timeout: 50 })).failed, { errMsg: 'request:fail timeout', errno: 5 });
  assert.equal((await messages(phone)).length, 2);

  await phone.set({ network: 'none' });
  assert.equal((await request(phone, { url: 'http://api.example/x' })).failed.errMsg, 'request:fail net::ERR_INTERNET_DISCONNECTED');
  await phone.set({ network: 'wifi' });
  await phone.context.setOffline(true);
  assert.equal((await request(phone, { url: 'http://api.example/x' })).failed.errMsg, 'request:fail net::ERR_INTERNET_DISCONNECTED');
  await phone.close();
});

test('nothing private is told before the person agrees, nor what they do not permit', options, async () => {
  const phone = await open({ place: '30.2741,120.1551' });
  assert.equal((await call(phone, 'getPrivacySetting', {})).needAuthorization, true);

  await phone.tap('near');
  await phone.answer('拒绝');
  await phone.sees('getFuzzyLocation:fail privacy permission is not authorized 104');

  await phone.tap('near');
  await phone.answer('同意');
  await phone.answer('拒绝');
  await phone.sees('getFuzzyLocation:fail auth deny undefined');
  assert.deepEqual((await call(phone, 'getSetting', {})).authSetting, { 'scope.userFuzzyLocation': false });

  await phone.page.evaluate(() => globalThis.__runner.phone.permit('scope.userFuzzyLocation', true));
  await phone.tap('near');
  await phone.sees('30.27');
  assert.equal((await call(phone, 'getPrivacySetting', {})).needAuthorization, false);
  assert.deepEqual(await phone.problems(), []);
  await phone.close();
});

test("the mini-program's own popup counts only with a tap on its button", options, async () => {
  const phone = await open();
  await phone.tap('listen');
  await phone.tap('near');
  await phone.tap('sneak');
  assert.match((await messages(phone))[0], /without a tap on that button/);

  await phone.tap('yes');
  await phone.answer('允许');
  await phone.sees('30.27');
  await phone.close();
});

test('a sheet is not answered by the tap that opened it, whatever lies below the finger', options, async () => {
  const phone = await open();
  await phone.tap('look');
  await phone.page.locator('.mp-picture').waitFor();
  await phone.page.locator('.mp-picture img').tap();
  await phone.page.locator('.mp-picture').waitFor({ state: 'detached' });

  await phone.tap('listen');
  await phone.tap('pick');
  // Its button lies where the sheet's own ones come up.
  await phone.tap('yes');
  const chooser = phone.page.waitForEvent('filechooser');
  await phone.answer('从相册选择');
  await (await chooser).setFiles({ name: 'a.png', mimeType: 'image/png', buffer: Buffer.from('picture') });
  await phone.sees('7 bytes');
  assert.deepEqual(await phone.problems(), []);
  await phone.close();
});

test('what is not declared in app.json is refused at run time too', options, async () => {
  const phone = await open();
  assert.equal((await call(phone, 'getLocation', {})).failed.errno, 112);
  assert.deepEqual(await messages(phone), ['getLocation must be in requiredPrivateInfos of app.json']);
  await phone.close();
});

test('values are kept as they are, and stay when the mini-program starts anew', options, async () => {
  const phone = await open();
  await phone.page.evaluate(() => {
    const { wx } = globalThis.__runner;
    for (const [key, value] of Object.entries({ list: [1, { a: null }], zero: 0, text: '' })) wx.setStorageSync(key, value);
  });
  await phone.page.reload();
  await phone.sees('near');

  assert.deepEqual([await call(phone, 'getStorageSync', 'list'), await call(phone, 'getStorageSync', 'zero')], [[1, { a: null }], 0]);
  assert.deepEqual((await call(phone, 'getStorageInfoSync')).keys.sort(), ['list', 'text', 'zero']);
  assert.equal((await call(phone, 'getStorage', { key: 'none' })).failed.errMsg, 'getStorage:fail data not found');
  await call(phone, 'clearStorageSync');
  assert.equal(await call(phone, 'getStorageSync', 'list'), '');
  await phone.close();
});

test('dialogs answer what was tapped', options, async () => {
  const phone = await open();
  const modal = call(phone, 'showModal', { title: '取消预约', content: '不能恢复' });
  await phone.sees('不能恢复');
  await phone.answer('确定');
  assert.deepEqual(await modal, { confirm: true, cancel: false, errMsg: 'showModal:ok' });

  const sheet = call(phone, 'showActionSheet', { itemList: ['一', '二'] });
  await phone.answer('二');
  assert.equal((await sheet).tapIndex, 1);
  const cancelled = call(phone, 'showActionSheet', { itemList: ['一'] });
  await phone.answer('取消');
  assert.equal((await cancelled).failed.errMsg, 'showActionSheet:fail cancel');

  // Looked at in the same breath: a busy machine may come back only when it is gone.
  const shown = await phone.page.evaluate(async () => {
    await globalThis.__runner.wx.showToast({ title: '已预约', duration: 100 });
    return document.querySelector('#mp-overlay').innerText;
  });
  assert.match(shown, /已预约/);
  await phone.page.getByText('已预约').waitFor({ state: 'detached' });
  await call(phone, 'showToast', { title: '这是一个太长的提示', icon: 'success' });
  assert.match((await messages(phone))[0], /a phone shows 7 characters/);
  await phone.close();
});

test('pulling down refreshes; the end of the page is told once on each arrival', options, async () => {
  const phone = await open();
  await phone.page.evaluate(() => globalThis.__runner.pullDown());
  assert.equal((await phone.data()).pulled, 1);
  await call(phone, 'stopPullDownRefresh', {});
  await call(phone, 'startPullDownRefresh', {});
  assert.equal((await phone.data()).pulled, 2);
  await call(phone, 'stopPullDownRefresh', {});

  const arrivals = (count) => phone.page.waitForFunction((wanted) => globalThis.__runner.data().bottom === wanted, count);
  await call(phone, 'pageScrollTo', { scrollTop: 100_000, duration: 0 });
  await arrivals(1);
  await call(phone, 'pageScrollTo', { scrollTop: 0, duration: 0 });
  await phone.page.waitForFunction(() => globalThis.__runner.data().scrolled === 0);
  assert.equal((await phone.data()).bottom, 1);
  await call(phone, 'pageScrollTo', { scrollTop: 100_000, duration: 0 });
  await arrivals(2);
  await phone.close();
});

test('a page is shared from the menu and by a button', options, async () => {
  const phone = await open();
  await phone.tap('share');
  await phone.sees('shared by button');
  await phone.answer('发送');
  await phone.page.locator('#mp-dots').tap();
  await phone.answer('转发给朋友');
  await phone.sees('shared by menu');
  assert.deepEqual(await phone.page.evaluate(() => globalThis.__runner.phone.shared), { title: 'shared by menu', path: '/pages/next?id=1' });
  await phone.close();
});

test('files are written where that is allowed, read, shared, and taken away', options, async () => {
  const phone = await open();
  const told = await phone.page.evaluate(async () => {
    const { wx } = globalThis.__runner;
    const files = wx.getFileSystemManager();
    const filePath = `${wx.env.USER_DATA_PATH}/mine.json`;
    await files.writeFile({ filePath, data: '{"name":"王"}' });
    const { data } = await files.readFile({ filePath, encoding: 'utf8' });
    const refused = await files.writeFile({ filePath: 'http://tmp/x', data: '' }).catch(({ errMsg }) => errMsg);
    return { data, refused };
  });
  assert.deepEqual(told, { data: '{"name":"王"}', refused: 'writeFile:fail permission denied, open "http://tmp/x"' });

  const shared = call(phone, 'shareFileMessage', { filePath: 'http://usr/mine.json', fileName: '我的数据.json' });
  await phone.answer('发送');
  assert.equal((await shared).errMsg, 'shareFileMessage:ok');
  assert.equal((await call(phone, 'openDocument', { filePath: 'http://usr/mine.json' })).failed.errMsg, 'openDocument:fail filetype not supported');
  await phone.close();
});

test('a picture is chosen and uploaded as a form', options, async () => {
  const phone = await open();
  await phone.page.evaluate(() => globalThis.__runner.phone.permit('privacy', true));
  const chooser = phone.page.waitForEvent('filechooser');
  const chosen = call(phone, 'chooseMedia', { count: 1, mediaType: ['image'] });
  await phone.answer('从相册选择');
  await (await chooser).setFiles({ name: 'a.png', mimeType: 'image/png', buffer: Buffer.from('picture') });
  const { tempFiles: [{ tempFilePath, size }] } = await chosen;
  assert.equal(size, 7);

  const { statusCode, data } = await phone.page.evaluate((filePath) => {
    const about = { url: 'http://api.example/upload', filePath, name: 'proof', formData: { statement: '堵车' } };
    return new Promise((success, fail) => globalThis.__runner.wx.uploadFile({ ...about, success, fail }));
  }, tempFilePath);
  const got = JSON.parse(data);
  const body = Buffer.from(got.body, 'latin1').toString();
  assert.deepEqual([statusCode, got.method], [200, 'POST']);
  assert.match(got.headers['content-type'], /^multipart\/form-data; boundary=/);
  assert.match(body, /name="statement"\r\n\r\n堵车\r\n/);
  assert.match(body, /name="proof"; filename="[\w-]+\.png"\r\nContent-Type: image\/png\r\n\r\npicture\r\n/);
  await phone.close();
});

test('the theme is told at the start, and when it changes', options, async () => {
  const phone = await open({ theme: 'dark' });
  assert.equal((await phone.data()).scheme, 'dark');
  assert.equal(await phone.page.evaluate(() => document.documentElement.dataset.theme), 'dark');

  await phone.page.emulateMedia({ colorScheme: 'light' });
  await phone.page.waitForFunction(() => globalThis.__runner.app().theme === 'light');
  await phone.set({ theme: 'dark' });
  assert.equal(await phone.page.evaluate(() => globalThis.__runner.app().theme), 'dark');
  await phone.close();
});

test('the window tells its sizes, and the font that the person chose', options, async () => {
  const phone = await open({ font: 23 });
  const { windowHeight, windowWidth, screenHeight } = await call(phone, 'getWindowInfo');
  assert.deepEqual([windowWidth, windowHeight, screenHeight], [375, 812 - 64 - 56, 812]);
  assert.equal((await call(phone, 'getAppBaseInfo')).fontSizeSetting, 23);
  assert.equal((await call(phone, 'getSystemSetting')).locationEnabled, true);
  await phone.close();
});
