import assert from 'node:assert/strict';
import { test } from 'node:test';

import { compiled } from './fixture.mjs';

const PART = { 'part.json': { component: true }, 'part.js': 'Component({})', 'part.wxml': '', 'pages/a.json': { usingComponents: { part: '/part' } } };
const sheet = async (wxss) => (await compiled({ 'pages/a.wxss': wxss })).sheets['pages/a'];

test("lengths are the browser's", async () => {
  assert.equal(await sheet('.a { width: 20rpx; margin: -1.5rpx auto; height: 50vh }'), '.a { width: calc(20 * var(--rpx)); margin: calc(-1.5 * var(--rpx)) auto; height: 50cqh }');
});

test("tags of WeChat's components and page are rewritten, classes of that name are not", async () => {
  assert.equal(await sheet('page, view .view > text#a { color: red }'), '.wx-page, wx-view .view > wx-text[id$=--a] { color: red }');
});

test("a component's classes are its own; those of pages are shared", async () => {
  const { sheets, scopes } = await compiled({ ...PART, 'part.wxss': '.a, :host .b { color: red }', 'pages/a.wxss': '.a { color: blue }' });

  assert.equal(sheets['pages/a'], '.a { color: blue }');
  assert.equal(sheets.part, `.${scopes.part}--a,[wx-host=${scopes.part}] .${scopes.part}--b { color: red }`);
  assert.equal(scopes['pages/a'], undefined);
});

test('styleIsolation shared leaves the classes of a component as they are', async () => {
  const { sheets } = await compiled({ ...PART, 'part.json': { component: true, styleIsolation: 'shared' }, 'part.wxss': '.a { color: red }' });
  assert.equal(sheets.part, '.a { color: red }');
});

test('imports are written in place, each once, and circles end', async () => {
  const { sheets } = await compiled({
    'pages/a.wxss': "@import '../base.wxss';\n@import '../base.wxss';\n.a { top: 0 }",
    'base.wxss': "@import 'pages/a.wxss';\n.base { left: 1rpx }",
  });
  assert.equal(sheets['pages/a'].replace(/\s+/g, ' ').trim(), '.base { left: calc(1 * var(--rpx)) } .a { top: 0 }');
});

test("the theme's rules hang on the phone's theme, and weigh no more than others", async () => {
  assert.equal(
    (await sheet('@media (prefers-color-scheme: dark) { page, .a { color: red } }')).trim(),
    ':where(:root[data-theme="dark"]) .wx-page, :where(:root[data-theme="dark"]) .a { color: red }',
  );
  const narrow = await sheet('@media (prefers-color-scheme: dark) and (min-width: 10px) { .a { color: red } }');
  assert.equal(narrow, '@media (min-width: 10px) { :where(:root[data-theme="dark"]) .a { color: red } }');
});

test('the steps of keyframes are no selectors', async () => {
  const { sheets } = await compiled({ ...PART, 'part.wxss': '@keyframes go { from { left: 0 } 50% { left: 10rpx } }' });
  assert.equal(sheets.part, '@keyframes go { from { left: 0 } 50% { left: calc(10 * var(--rpx)) } }');
});
