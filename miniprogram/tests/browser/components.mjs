import assert from 'node:assert/strict';
import { test } from 'node:test';

import { call, miniprogram, options, soon } from './fixture.mjs';

const { open } = miniprogram({
  'pages/home.json': { usingComponents: { part: '/part', holder: '/holder', 't-button': 'tdesign-miniprogram/button/button', 't-collapse': 'tdesign-miniprogram/collapse/collapse', 't-collapse-panel': 'tdesign-miniprogram/collapse-panel/collapse-panel', 't-swipe-cell': 'tdesign-miniprogram/swipe-cell/swipe-cell', 't-qrcode': 'tdesign-miniprogram/qrcode/qrcode' } },
  'package.json': { dependencies: { 'tdesign-miniprogram': '*' } },
  'part.json': { component: true },
  'part.js': `Component({ properties: { name: String }, externalClasses: ['part-class'],
    observers: { name(value) { this.setData({ shout: value.toUpperCase() }); } },
    methods: { poke() { this.triggerEvent('poked', { name: this.data.name }, { bubbles: true }); } } })`,
  'part.wxml': '<view class="box part-class" bind:tap="poke">{{shout}}<slot/></view>',
  'part.wxss': '.box { color: rgb(1, 2, 3) }',
  'holder.json': { component: true },
  'holder.js': `const shared = Behavior({ data: { fromBehavior: 'behaved' } });
    Component({ behaviors: [shared, 'wx://form-field'], options: { multipleSlots: true }, lifetimes: { attached() { this.setData({ alive: 'attached' }); } }, pageLifetimes: { show() { this.setData({ shown: 'shown' }); } } })`,
  'holder.wxml': '<slot name="a"/>{{fromBehavior}} {{alive}} {{shown}}<slot name="b"/>',
  'pages/home.js': `Page({
    data: { name: 'li', events: [], value: 'old', on: false, pressed: 0, list: [{ id: 1, text: 'one' }, { id: 2, text: 'two' }], html: '<p onclick="x">rich<script>1</script></p>', open: [] },
    note(event) { this.setData({ events: [...this.data.events, [event.type, event.detail, event.currentTarget.dataset.mark || '']] }); },
    input({ detail }) { this.setData({ value: detail.value }); },
    panels({ detail }) { this.setData({ open: detail.value }); },
    press() { this.setData({ pressed: this.data.pressed + 1 }); },
    fill() { this.setData({ list: [{ id: 1, text: 'one' }, { id: 2, text: 'two' }] }); },
    drop() { this.setData({ list: [{ id: 2, text: 'two' }] }); },
    sizes() {
      return new Promise((done) => this.createSelectorQuery().select('.sized').boundingClientRect().selectAll('.row').fields({ size: true, dataset: true }).select('#paper').fields({ node: true }).exec(([box, rows, { node }]) => done({ top: box.top, width: box.width, rows: rows.map(({ dataset }) => dataset.mark), canvas: typeof node.getContext })));
    },
  })`,
  'pages/home.wxss': '.box { color: rgb(9, 9, 9) }\n.outer { background: rgb(4, 5, 6) }\n#sized { width: 375rpx }\n.fixed { position: fixed; bottom: 0; height: 10px }\n.tall { height: 100vh }',
  'pages/home.wxml': `<wxs module="m">
function tapped(event, owner) { owner.selectComponent('.target').setStyle({ width: '77px' }); owner.callMethod('note', { type: 'wxs', detail: event.instance.getDataset().mark, currentTarget: { dataset: {} } }); }
module.exports = { tapped: tapped, twice: function (x) { return x + x; }, kind: function (x) { return x.constructor === 'Array' ? 'list' : 'other'; } };
</wxs>
<view class="sized" id="sized">{{m.twice(name)}} {{m.kind(list)}}</view>
<part name="{{name}}" part-class="outer" bind:poked="note" data-mark="p"><text>slotted</text></part>
<holder><text slot="b">second</text><text slot="a">first</text></holder>
<view class="box">page box</view>
<view class="row" wx:for="{{list}}" wx:key="id" data-mark="{{item.id}}">{{index}}:{{item.text}}</view>
<view bind:tap="note" data-mark="outer"><view catch:tap="note" data-mark="caught">caught</view><view data-mark="in">bubbles</view></view>
<view bind:tap="{{m.tapped}}" data-mark="w">wxs tap</view><view class="target">target</view>
<view bind:longpress="note">press long</view>
<input class="name" value="{{value}}" maxlength="5" bind:input="input" bind:confirm="note"/>
<form bind:submit="note">
 <input name="who" value="王"/><switch name="agree" bind:change="note"/>
 <radio-group name="sex" bind:change="note"><label><radio value="f" checked="{{true}}"/>woman</label><radio id="m" value="m"/><label for="m">man</label></radio-group>
 <checkbox-group name="days"><checkbox value="1" checked="{{true}}"/><checkbox value="2"/></checkbox-group>
 <picker name="kind" mode="selector" range="{{list}}" range-key="text" value="{{0}}" bind:change="note"><view>pick</view></picker>
 <picker mode="date" value="2026-11-22" start="2026-11-01" bind:change="note"><view>day</view></picker>
 <button form-type="submit">submit</button>
</form>
<scroll-view scroll-y style="height: 20px" scroll-into-view="{{at}}" bind:scrolltolower="note"><view style="height: 90px">top</view><view id="low" style="height: 20px">low</view></scroll-view>
<navigator url="/pages/next">follow</navigator>
<rich-text nodes="{{html}}"/>
<canvas id="paper" type="2d"/>
<t-button bind:tap="press" disabled="{{on}}">td</t-button>
<t-collapse value="{{open}}" bind:change="panels"><t-collapse-panel header="panel" value="{{0}}"><text>inside</text></t-collapse-panel></t-collapse>
<t-qrcode value="YZ1234567890" size="{{160}}"/>
<view class="tall"/><view class="fixed">fixed</view>`,
});

// One phone for all tests of this file: each looks at what happened last, and no page is left open.
let opened;
const thePhone = () => (opened ??= open());
const events = async () => (await (await thePhone()).data()).events;
/** Waits until the last event has these parts: its type, detail and mark, or those after `from`. */
const tells = (expected, from = 0) =>
  soon(async () => assert.deepEqual((await events()).at(-1)?.slice(from, from + expected.length), expected));
const style = async (text, name) => {
  const element = (await thePhone()).page.getByText(text, { exact: true }).first();
  return element.evaluate((found, property) => getComputedStyle(found)[property], name);
};

test('components show what they are given, keep their styles, and tell what happens', options, async () => {
  const phone = await thePhone();
  await phone.sees('LI');
  assert.equal(await style('slotted', 'color'), 'rgb(1, 2, 3)');
  assert.equal(await style('page box', 'color'), 'rgb(9, 9, 9)');
  assert.equal(await phone.page.locator('part > *').evaluate((element) => getComputedStyle(element).backgroundColor), 'rgb(4, 5, 6)');

  await phone.tap('slotted');
  await tells(['poked', { name: 'li' }, 'p']);
  await phone.page.evaluate(() => globalThis.__runner.page().setData({ name: 'wu' }));
  await phone.sees('WU');
  await phone.sees('wuwu list');
  assert.deepEqual([await phone.problems(), phone.errors], [[], []]);
});

test('slots, behaviors and life of components', options, async () => {
  const phone = await thePhone();
  assert.equal(await phone.page.locator('holder').innerText(), 'firstbehaved attached shownsecond');
});

test('lists follow their data', options, async () => {
  const phone = await thePhone();
  assert.deepEqual(await phone.page.locator('.row').allInnerTexts(), ['0:one', '1:two']);
  await phone.page.evaluate(() => globalThis.__runner.page().drop());
  assert.deepEqual(await phone.page.locator('.row').allInnerTexts(), ['0:two']);
  await phone.page.evaluate(() => globalThis.__runner.page().fill());
  assert.deepEqual(await phone.page.locator('.row').allInnerTexts(), ['0:one', '1:two']);
});

test('taps bubble until they are caught; a finger that stays presses long', options, async () => {
  const phone = await thePhone();
  await phone.tap('bubbles');
  await phone.tap('caught');
  await soon(async () => assert.deepEqual((await events()).slice(-2).map(([type, , mark]) => [type, mark]), [['tap', 'outer'], ['tap', 'caught']]));

  const box = await phone.page.getByText('press long').boundingBox();
  await phone.page.mouse.move(box.x + 5, box.y + 5);
  await phone.page.mouse.down();
  await phone.page.waitForFunction(() => globalThis.__runner.data().events.at(-1)[0] === 'longpress');
  await phone.page.mouse.up();
});

test('listeners in WXS get the owner of the template', options, async () => {
  const phone = await thePhone();
  await phone.tap('wxs tap');
  await tells(['wxs', 'w', '']);
  assert.equal(await style('target', 'width'), '77px');
});

test('fields tell what is typed, and take what is set', options, async () => {
  const phone = await thePhone();
  const field = phone.page.locator('.name input');
  await field.fill('abc');
  await soon(async () => assert.equal((await phone.data()).value, 'abc'));
  await field.press('Enter');
  await tells(['confirm', { value: 'abc' }]);
  await phone.page.evaluate(() => globalThis.__runner.page().setData({ value: 'set' }));
  assert.equal(await field.inputValue(), 'set');
  await field.pressSequentially('12345');
  assert.equal(await field.inputValue(), 'set12');
});

test('a form gathers its fields; labels, radios, switches and pickers change by taps', options, async () => {
  const phone = await thePhone();
  await phone.page.locator('wx-switch').tap();
  await tells(['change', { value: true }]);
  await phone.tap('man');
  await tells([{ value: 'm' }], 1);
  await phone.page.locator('wx-checkbox').nth(1).tap();

  await phone.tap('pick');
  await phone.answer('two');
  await phone.answer('确定');
  await tells([{ value: 1 }], 1);
  await phone.tap('day');
  await phone.page.locator('#mp-overlay input').fill('2026-11-25');
  await phone.answer('确定');
  await tells([{ value: '2026-11-25' }], 1);

  await phone.tap('submit');
  await tells([{ value: { who: '王', agree: true, sex: 'm', days: ['1', '2'], kind: 1 } }], 1);
  assert.deepEqual([await phone.problems(), phone.errors], [[], []]);
});

test('questions about the layout are answered from below the bar, canvas nodes included', options, async () => {
  const phone = await thePhone();
  const told = await phone.page.evaluate(() => globalThis.__runner.page().sizes());
  assert.deepEqual(told, { top: 0, width: 187.5, rows: [1, 2], canvas: 'function' });
});

test('what is fixed stays above the tab bar, and 100vh is the page without its bars', options, async () => {
  const phone = await thePhone();
  const box = await phone.page.getByText('fixed', { exact: true }).boundingBox();
  assert.equal(box.y + box.height, 812 - 56);
  assert.equal((await phone.page.locator('.tall').boundingBox()).height, 812 - 64 - 56);
});

test('rich text loses what runs', options, async () => {
  const phone = await thePhone();
  assert.equal(await phone.page.locator('wx-rich-text').innerHTML(), '<p>rich</p>');
});

test('a scroll view goes to what is named, and tells of its end', options, async () => {
  const phone = await thePhone();
  await phone.page.evaluate(() => globalThis.__runner.page().setData({ at: 'low' }));
  await phone.page.waitForFunction(() => globalThis.__runner.data().events.at(-1)?.[0] === 'scrolltolower');
  assert.equal(await phone.page.locator('wx-scroll-view').evaluate((element) => element.scrollTop), 90);
});

test('links lead on', options, async () => {
  const phone = await thePhone();
  await phone.tap('follow');
  assert.deepEqual(await phone.routes(), ['/pages/home', '/pages/next']);
  await phone.back();
});

test("TDesign's components work: a button, a panel that opens, a code that is drawn", options, async () => {
  const phone = await thePhone();
  await phone.tap('td');
  await phone.page.evaluate(() => globalThis.__runner.page().setData({ on: true }));
  await phone.refuses('td');
  await phone.page.getByText('td', { exact: true }).tap();

  const height = () => phone.page.getByText('inside').evaluate((element) => element.closest('[class*=wrapper]').getBoundingClientRect().height);
  assert.equal(await height(), 0);
  await phone.tap('panel');
  await soon(async () => assert.ok((await height()) > 0));
  // Taps are told in their order: the one on the button that is off would have been counted by now.
  assert.equal((await phone.data()).pressed, 1);

  const dark = () => phone.page.locator('wx-canvas canvas').last().evaluate((canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let count = 0;
    for (let at = 0; at < data.length; at += 4) if (data[at] < 100 && data[at + 3] > 200) count += 1;
    return count / (data.length / 4);
  });
  await soon(async () => {
    const share = await dark();
    assert.ok(share > 0.2 && share < 0.8, `share of dark pixels ${share}`);
  });
  assert.deepEqual([await phone.problems(), phone.errors], [[], []]);
  assert.equal(await call(phone, 'canIUse', 'nonsense'), false);
});
