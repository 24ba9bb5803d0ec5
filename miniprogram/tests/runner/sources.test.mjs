import assert from 'node:assert/strict';
import { test } from 'node:test';

import { problemsOf } from './fixture.mjs';

const PRIVATE = { pages: ['pages/a'], __usePrivacyCheck__: true };

test('an API that the runner does not know is named with its line; comments are not code', async () => {
  const script = "// wx.teleport()\n/* wx.teleport() */\nPage({ onLoad() {\n wx.teleport(); wx.showToast({ title: 'https://wx.fly' }); } })";
  assert.deepEqual(await problemsOf({ 'pages/a.js': script }), ['pages/a.js:4: wx.teleport is unknown to the runner (runner/runtime/wx)']);
});

test('an API is known by whatever way it is named', async () => {
  const ways = ['wx?.fly()', 'wx["fly"]()', "wx?.['fly']()", 'const { login, fly: go } = wx;', 'let { fly = null } = wx'];
  for (const way of ways) {
    assert.deepEqual(await problemsOf({ 'pages/a.js': `Page({});\n${way}` }), ['pages/a.js:2: wx.fly is unknown to the runner (runner/runtime/wx)'], way);
  }
  assert.deepEqual(await problemsOf({ 'pages/a.js': 'const { login, request: ask } = wx; wx?.login(); const { fly } = wx.env; Page({})' }), []);
});

test('no code is made at run time', async () => {
  const script = 'Page({});\neval("1");\nconst made = new Function("return 1");';
  assert.deepEqual(await problemsOf({ 'pages/a.js': script }), [
    'pages/a.js:2: eval: WeChat runs no code that is made at run time',
    'pages/a.js:3: new Function: WeChat runs no code that is made at run time',
  ]);
  assert.deepEqual(await problemsOf({ 'pages/a.js': 'const isFunction = () => 1; isFunction(); getApp().eval(); Page({})' }), []);
});

test('what names a component is a path', async () => {
  assert.deepEqual(await problemsOf({ 'pages/a.json': '{"usingComponents": {"x": 5}}' }), [
    'pages/a.json:1: usingComponents: "x" must be the path of a component',
  ]);
});

test('location must be declared, with what people read, and behind the privacy guide', async () => {
  const script = { 'pages/a.js': 'Page({ near() { wx.getFuzzyLocation({}); } })' };
  assert.deepEqual(await problemsOf(script), [
    'pages/a.js:1: wx.getFuzzyLocation must be declared in requiredPrivateInfos of app.json',
    'pages/a.js:1: wx.getFuzzyLocation needs permission "scope.userFuzzyLocation", with a desc, in app.json',
    'pages/a.js:1: wx.getFuzzyLocation needs "__usePrivacyCheck__": true in app.json, and the privacy popup',
  ]);
  const declared = { ...PRIVATE, requiredPrivateInfos: ['getFuzzyLocation'], permission: { 'scope.userFuzzyLocation': { desc: '附近' } } };
  assert.deepEqual(await problemsOf({ ...script, 'app.json': declared }), []);
});

test('a phone-number button needs the privacy guide', async () => {
  const template = { 'pages/a.wxml': '<view>\n<button open-type="getPhoneNumber">x</button></view>' };
  assert.deepEqual(await problemsOf(template), [
    'pages/a.wxml:2: open-type="getPhoneNumber" needs "__usePrivacyCheck__": true in app.json, and the privacy popup',
  ]);
  assert.deepEqual(await problemsOf({ ...template, 'app.json': PRIVATE }), []);
});

test('addresses of pages are checked, in scripts and templates', async () => {
  const bad = await problemsOf({
    'pages/a.js': "Page({ go() {\n wx.navigateTo({ url: '/pages/b?id=1' }); wx.navigateTo({ url: `/pages/a?x=${1}` }); } })",
    'pages/a.wxml': '<navigator url="/pages/a">a</navigator>\n<navigator url="/pages/c">c</navigator>',
  });
  assert.deepEqual(bad, [
    'pages/a.js:2: /pages/b is not listed as a page in app.json',
    'pages/a.wxml:2: /pages/c is not listed as a page in app.json',
  ]);
});

test('a tag must be a component of WeChat or of usingComponents', async () => {
  assert.deepEqual(await problemsOf({ 'pages/a.wxml': '<view>\n <div/><my-part/></view>' }), [
    'pages/a.wxml:2: <div> is not in usingComponents of pages/a.json or app.json',
    'pages/a.wxml:2: <my-part> is not in usingComponents of pages/a.json or app.json',
  ]);
});

test('missing components, modules, templates, sheets and scripts of templates are named where they are asked for', async () => {
  const bad = await problemsOf({
    'pages/a.json': '{\n "usingComponents": {\n  "part": "/parts/part"\n }\n}',
    'pages/a.js': "import './tool.js';\nPage({})",
    'pages/a.wxml': '<import src="./row.wxml"/>\n<wxs src="./m.wxs" module="m"/><image src="/images/x.png"/>',
    'pages/a.wxss': "\n@import './base.wxss';",
  });
  assert.deepEqual(bad, [
    'pages/a.js:1: module ./tool.js is missing',
    'pages/a.json:3: component /parts/part is missing (npm components need "npm run build-npm")',
    'pages/a.wxml:1: pages/row.wxml is missing',
    'pages/a.wxml:2: pages/m.wxs is missing',
    'pages/a.wxml:2: /images/x.png is missing',
    'pages/a.wxss:2: pages/base.wxss is missing',
  ]);
});

test('a component says that it is one', async () => {
  const part = { 'part.json': '{}', 'part.js': 'Component({})', 'part.wxml': '', 'pages/a.json': { usingComponents: { part: '/part' } } };
  assert.deepEqual(await problemsOf(part), ['part.json:1: a component needs "component": true']);
});

test('a listener is a method of the component, or of what its script requires', async () => {
  const bad = await problemsOf({
    'pages/a.js': "import shared from '../shared.js';\nPage({ behaviors: [shared], here() {} })",
    'shared.js': 'export default Behavior({ methods: { there() {} } });',
    'pages/a.wxml': '<view bind:tap="here" catchtouchstart="there" bindtap="{{on ? \'x\' : \'\'}}">\n<view capture-bind:tap="nowhere"/></view>',
  });
  assert.deepEqual(bad, ['pages/a.wxml:2: <view capture-bind:tap="nowhere">: pages/a.js has no such method']);
});

test('syntax errors carry file and line', async () => {
  assert.match((await problemsOf({ 'pages/a.js': 'Page({\n oops oops })' }))[0], /^pages\/a\.js:2: /);
  assert.match((await problemsOf({ 'pages/a.wxss': '.a {\n' }))[0], /^pages\/a\.wxss:1: Unclosed block/);
  assert.match((await problemsOf({ 'pages/a.wxml': '<view>\n<text>{{ a b }}</text></view>' }))[0], /^pages\/a\.wxml:2: /);
});

test('a style sheet names no file of the package', async () => {
  assert.deepEqual(await problemsOf({ 'pages/a.wxss': '.a {\n background: url(/images/a.png) }\n.b { background: url("data:image/png;base64,x") }' }), [
    'pages/a.wxss:2: url(/images/a.png): WXSS takes only data: and https: addresses',
  ]);
});
