import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { after, test } from 'node:test';

import { ROOT } from '../../runner/root.js';
import { miniprogram, options, soon } from './fixture.mjs';

const OWN = ['bottom-bar', 'day-strip', 'entry', 'form-field', 'page-state', 'patient-choice', 'privacy-popup', 'proof-pictures', 'session-card',
  'slot-grid', 'subscribe-card', 'tier-badge', 'visit-card'];

/** The files themselves, not copies of what they should be. */
function filesOf(folder) {
  const names = fs.readdirSync(path.join(ROOT, folder), { recursive: true }).filter((name) => /\.(js|json|wxml|wxss)$/.test(name));
  return Object.fromEntries(names.map((name) => [`${folder}/${name}`, fs.readFileSync(path.join(ROOT, folder, name), 'utf8')]));
}

/** Pictures for an appeal are refused by these statuses, one after the other; then they are taken. */
const refusals = [];
const backend = http.createServer(async (request, response) => {
  for await (const part of request) void part;
  const status = request.url.endsWith('/proofs') ? (refusals.shift() ?? 201) : 200;
  response.writeHead(status, { 'Content-Type': 'application/json' });
  if (request.url.endsWith('/settings')) response.end(JSON.stringify({ subscribe: { booked: ['template-1'], never: [] } }));
  else if (request.url.endsWith('/auth/wechat-login')) response.end(JSON.stringify({ access: 'a', refresh: 'r' }));
  else response.end(JSON.stringify(status === 400 ? { code: 'invalid', message: '第 1 张图片不是图片。', detail: {} } : { id: 1 }));
});
await new Promise((done) => backend.listen(0, '127.0.0.1', done));
backend.unref();
after(() => backend.close());

const session = (changes = {}) => ({
  who: '林若溪', title: '主任医师', fee: '¥50.00', when: '11月24日 周二 上午', period: '上午', hours: '08:00–12:00', kind: '专家号',
  look: 'open', offer: '余 9 个号', note: '', isHot: false, canOpen: true, ...changes,
});
const DATA = {
  state: 'loading', message: '',
  days: [{ date: '2026-11-23', name: '明天', number: '11月23日', look: 'none', state: '无号' }, { date: '2026-11-24', name: '周二', number: '11月24日', look: 'open', state: '有号' }],
  chosenDay: '2026-11-23',
  slots: [
    { id: 1, time: '08:00–08:30', isOpen: false, isExtra: false, left: '已满' }, { id: 2, time: '08:30–09:00', isOpen: true, isExtra: false, left: '余 2' },
    { id: 3, time: '09:00–09:30', isOpen: true, isExtra: true, left: '余 1' },
  ],
  sessions: [session(), session({ who: '何一帆', isHot: true, look: 'wait', offer: '约满，可候补', note: '请早些来', canOpen: false })],
  visit: { day: '11月24日 周二', time: '14:00–14:30', status: '待支付', tag: 'tag-warning', who: '心内科 林若溪', hospital: '云栖医院', patient: '王*明', next: '请支付' },
  patients: [{ id: 1, name: '王小明', note: '本人' }, { id: 2, name: '王小红', note: '子女' }],
  chosenPatient: 1, tier: 'A', problem: '', entryNote: '', appeal: 0, place: '',
};

const { open } = miniprogram({
  ...['components', 'adapters', 'services', 'utils', 'behaviors', 'styles'].reduce((files, folder) => ({ ...files, ...filesOf(folder) }), {}),
  'app.wxss': 'page { --scale: 1; --text-small: 12px; --text-body: 14px }',
  'utils/environment.js': "export const API_BASE = 'http://api.example';",
  'package.json': { dependencies: { 'tdesign-miniprogram': '*' } },
  'pages/home.json': { usingComponents: Object.fromEntries(OWN.map((name) => [name, `/components/${name}/index`])) },
  'pages/home.js': `Page({
    data: { ...${JSON.stringify(DATA)}, told: [] },
    note({ type, detail, currentTarget }) { this.setData({ told: [...this.data.told, [type, detail ?? null, currentTarget.dataset.mark || '']] }); },
    near() { wx.getFuzzyLocation({ success: () => this.setData({ place: 'there' }), fail: ({ errMsg }) => this.setData({ place: errMsg }) }); },
  })`,
  'pages/home.wxml': `<privacy-popup />
<view class="state"><page-state state="{{state}}" message="{{message}}" empty="没有预约" action="去预约" bind:retry="note" bind:act="note"><text>内容</text></page-state></view>
<day-strip days="{{days}}" chosen="{{chosenDay}}" bind:choose="note" />
<slot-grid slots="{{slots}}" bind:choose="note" />
<session-card session="{{sessions[0]}}" /><session-card class="by-day" session="{{sessions[1]}}" lead="day" />
<visit-card visit="{{visit}}" />
<patient-choice patients="{{patients}}" chosen="{{chosenPatient}}" bind:choose="note" bind:add="note" />
<tier-badge tier="{{tier}}" />
<form-field name="姓名" hint="与证件一致" problem="{{problem}}"><text>此处填写</text></form-field>
<entry icon="time" name="我的候补" about="有退号时通知" note="{{entryNote}}" is-marked data-mark="waitlist" bind:tap="note" />
<subscribe-card class="asks" occasion="booked" words="就诊前提醒您" /><subscribe-card occasion="never" words="从不提醒" />
<view class="proofs"><proof-pictures id="proofs" appeal="{{appeal}}" room="{{2}}" bind:sent="note" bind:unsent="note" /></view>
<button bind:tap="near">near</button><view>{{place}}</view>
<view style="height: 120px" /><bottom-bar><button>foot</button></bottom-bar>`,
}, { backend: `http://127.0.0.1:${backend.address().port}` });

// One phone for all tests of this file.
let opened;
const thePhone = () => (opened ??= open());
const told = async () => (await (await thePhone()).data()).told;
const set = async (changes) => (await thePhone()).page.evaluate((data) => globalThis.__runner.page().setData(data), changes);
/** What the page was told last, once it was told anything new by `act`. */
async function tells(act) {
  const before = (await told()).length;
  await act();
  await soon(async () => assert.ok((await told()).length > before));
  return (await told()).at(-1);
}
const button = async (name) => (await thePhone()).page.getByRole('button', { name, exact: true });

test('page-state: skeletons, what is empty, what failed, and what is there', options, async () => {
  const phone = await thePhone();
  await phone.page.locator('.state [class*="skeleton"]').first().waitFor();
  await phone.misses('内容');

  await set({ state: 'empty' });
  await phone.sees('没有预约');
  assert.deepEqual((await tells(() => phone.tap('去预约')))[0], 'act');
  await set({ state: 'failed', message: '网络不可用，请检查网络后重试。' });
  await phone.sees('网络不可用');
  assert.deepEqual((await tells(() => phone.tap('重试')))[0], 'retry');
  await set({ state: 'ready' });
  await phone.sees('内容');
  await phone.misses('重试');
});

test('day-strip: each day with what it has, and the one that is tapped', options, async () => {
  const day = await button('周二 11月24日 有号');
  assert.deepEqual((await tells(() => day.tap())).slice(0, 2), ['choose', { date: '2026-11-24' }]);
  assert.doesNotMatch(await day.getAttribute('class'), /day-chosen/);
  await set({ chosenDay: '2026-11-24' });
  await soon(async () => assert.match(await day.getAttribute('class'), /day-chosen/));
});

test('day-strip: a day that was chosen elsewhere comes into sight', options, async () => {
  const phone = await thePhone();
  const days = Array.from({ length: 14 }, (_, n) => ({ ...DATA.days[1], name: `第${n}天`, date: `2026-12-${10 + n}` }));
  const isSeen = async (name) => {
    const { x, width } = await phone.page.getByText(name, { exact: true }).boundingBox();
    return x >= 0 && x + width <= 375;
  };
  await set({ days, chosenDay: '2026-12-11' });
  await phone.sees('第1天');
  assert.deepEqual([await isSeen('第1天'), await isSeen('第9天')], [true, false]);
  await set({ chosenDay: '2026-12-19' });
  await soon(async () => assert.ok(await isSeen('第9天')));
});

test('slot-grid: an open window is told by its place, a full one is not', options, async () => {
  const phone = await thePhone();
  const before = (await told()).length;
  // Whoever is told that it is off taps it all the same.
  await phone.page.getByText('08:00–08:30', { exact: true }).tap({ force: true });
  assert.deepEqual((await tells(() => phone.tap('08:30–09:00'))).slice(0, 2), ['choose', { place: 1 }]);
  assert.equal((await told()).length, before + 1);
  await phone.sees('加号 余 1');
});

test('session-card: led by who, or by when', options, async () => {
  const phone = await thePhone();
  await phone.sees('林若溪');
  await phone.sees('上午 08:00–12:00');
  await phone.sees('08:00–12:00 · 专家号');
  for (const text of ['热门', '约满，可候补', '请早些来', '余 9 个号']) await phone.sees(text);
  assert.equal(await phone.page.getByText('何一帆').count(), 0);
  assert.equal(await phone.page.locator('[class*="session-off"]').count(), 1);
});

test('visit-card: how it stands, and what is next where there is something', options, async () => {
  const phone = await thePhone();
  for (const text of ['待支付', '云栖医院 · 王*明', '请支付']) await phone.sees(text);
  await set({ visit: { ...DATA.visit, next: '' } });
  await phone.misses('请支付');
});

test('patient-choice: one of them, or another one', options, async () => {
  const phone = await thePhone();
  const checked = () => phone.page.getByRole('radio', { checked: true }).allInnerTexts();
  assert.match((await checked()).join(), /王小明/);
  assert.deepEqual((await tells(() => phone.tap('王小红'))).slice(0, 2), ['choose', { id: 2 }]);
  await set({ chosenPatient: 2 });
  await soon(async () => assert.match((await checked()).join(), /^王小红/));
  assert.equal((await tells(() => phone.tap('添加就诊人')))[0], 'add');
});

test('tier-badge: the tier by name; one that it does not know is none', options, async () => {
  const phone = await thePhone();
  await phone.sees('A 级');
  await set({ tier: 'D' });
  await phone.sees('D 级');
  await set({ tier: 'X' });
  await phone.sees('未评级');
});

test('form-field: what is wrong takes the place of the hint, and is read out', options, async () => {
  const phone = await thePhone();
  await phone.sees('与证件一致');
  await phone.sees('此处填写');
  await set({ problem: '请填写姓名' });
  await phone.page.getByRole('alert').getByText('请填写姓名').waitFor();
  await phone.misses('与证件一致');
});

test('entry: where it leads, and what waits there', options, async () => {
  const phone = await thePhone();
  assert.deepEqual((await tells(() => phone.tap('我的候补'))).at(-1), 'waitlist');
  await set({ entryNote: '候补中 1 个' });
  await (await button('我的候补 有退号时通知 候补中 1 个')).waitFor();
});

test('subscribe-card: asks in a tap of its own, and only where there is something to ask for', options, async () => {
  const phone = await thePhone();
  await phone.sees('就诊前提醒您');
  assert.equal(await phone.page.getByText('从不提醒').count(), 0);
  await phone.tap('开启');
  await phone.answer('允许');
  await phone.sees('已开启，到时会在微信里通知您');
  assert.equal(await phone.page.getByText('开启', { exact: true }).count(), 0);
});

test('privacy-popup: refused, and later agreed to', options, async () => {
  const phone = await thePhone();
  await phone.tap('near');
  await phone.sees('用户隐私保护提示');
  await phone.tap('不同意');
  await phone.sees('privacy permission is not authorized');

  await phone.tap('near');
  await phone.tap('同意');
  await phone.misses('用户隐私保护提示');
  await phone.answer('允许');
  await phone.sees('there');
});

test('proof-pictures: chosen, taken away, sent; what failed is tried again, what is refused says why', options, async () => {
  const phone = await thePhone();
  const choose = async (name, size = 7) => {
    const chooser = phone.page.waitForEvent('filechooser');
    await phone.tap('添加图片');
    await phone.answer('从相册选择');
    await (await chooser).setFiles({ name, mimeType: 'image/png', buffer: Buffer.alloc(size, name) });
    await phone.page.getByLabel(/第 1 张图片/).first().waitFor();
  };
  await choose('large.png', 5 * 1024 * 1024 + 1);
  await phone.sees('第 1 张：超过 5 MB');
  await (await button('移除第 1 张图片')).tap();
  await phone.misses('超过 5 MB');

  refusals.push(503, 400);
  await set({ appeal: 1 });
  await choose('a.png');
  await soon(async () => assert.deepEqual((await told()).at(-1).slice(0, 2), ['unsent', { unsent: 1 }]));
  await phone.sees('重试');
  await phone.page.locator('.proofs').getByText('重试').tap();
  await phone.sees('第 1 张：不是图片');

  await (await button('移除第 1 张图片')).tap();
  await choose('b.png');
  await soon(async () => assert.equal((await told()).at(-1)[0], 'sent'));
});

test('bottom-bar: stays at the foot', options, async () => {
  const phone = await thePhone();
  const box = await phone.page.getByText('foot', { exact: true }).boundingBox();
  assert.ok(box.y > 600 && box.y + box.height <= 812 - 56, JSON.stringify(box));
});

test('none of them did what WeChat refuses', options, async () => {
  const phone = await thePhone();
  // The tests change the page that shows them faster than anybody could: that is theirs, not the components'.
  const problems = (await phone.problems()).filter(({ message }) => message !== 'pages/home: over 20 setData in a second');
  assert.deepEqual([problems, phone.errors], [[], []]);
});
