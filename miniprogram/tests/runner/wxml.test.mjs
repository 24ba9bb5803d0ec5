import assert from 'node:assert/strict';
import { test } from 'node:test';

import { tagsOf, withPrefixedTags } from '../../runner/compiler/wxml.js';

const names = (source) => tagsOf(source).map(({ name, isClosing }) => (isClosing ? `/${name}` : name));

test('tags are found behind expressions, attributes and comments that look like tags', () => {
  const source = `<!-- <text> -->
<view class="{{ a < b ? 'x' : '<y>' }}" wx:if="{{ n > 1 }}">{{ a <b }}<text/></view>`;

  assert.deepEqual(names(source), ['view', 'text', '/view']);
  assert.deepEqual(tagsOf(source).map(({ line }) => line), [2, 2, 2]);
});

test('the code of wxs is not looked at', () => {
  assert.deepEqual(names('<wxs module="m">if (a <view) {}</wxs><view/>'), ['wxs', '/wxs', 'view']);
  assert.deepEqual(names('<wxs src="./a.wxs" module="m"/><view/>'), ['wxs', 'view']);
});

test('attributes are read with both kinds of quotes', () => {
  assert.deepEqual(tagsOf(`<image src="/a.png" mode='aspectFit' lazy-load />`)[0].attributes, {
    src: '/a.png',
    mode: 'aspectFit',
    'lazy-load': '',
  });
});

test("WeChat's own components get a prefix, others and words in the text do not", () => {
  assert.equal(
    withPrefixedTags('<view a="<view>"><my-view/>view &lt;view<block><text>x</text></block></view>'),
    '<wx-view a="<view>"><my-view/>view &lt;view<block><wx-text>x</wx-text></block></wx-view>',
  );
});

test('a template that ends in the middle of a tag ends the search', () => {
  assert.deepEqual(names('<view class="a'), ['view']);
  assert.deepEqual(names('<wxs module="m">a'), ['wxs']);
});
