import assert from 'node:assert/strict';
import { test } from 'node:test';

import { problemsOf } from './fixture.mjs';

const app = (changes) => `${JSON.stringify({ pages: ['pages/a'], ...changes }, null, 1)}`;
const COLOURS = { color: '#000000', selectedColor: '#ff0000', backgroundColor: '#ffffff' };
const SECOND = { 'pages/b.js': 'Page({})', 'pages/b.wxml': '' };

test('the smallest mini-program is taken', async () => {
  assert.deepEqual(await problemsOf({}), []);
});

test('app.json must be there, and be JSON', async () => {
  assert.deepEqual(await problemsOf({ 'app.json': null }), ['app.json: the file is missing']);
  const [first] = await problemsOf({ 'app.json': '{\n "pages": [],\n}' });
  assert.match(first, /^app\.json:3: is not JSON/);
});

test('every page needs its script and its template, and is listed once', async () => {
  assert.deepEqual(await problemsOf({ 'pages/a.wxml': null }), [
    'app.json:1: pages/a.wxml is missing',
    'pages/a.json: pages/a.wxml is missing',
  ]);
  assert.deepEqual(await problemsOf({ 'app.json': app({ pages: ['pages/a', 'pages/a'] }) }), ['app.json:3: page pages/a is listed twice']);
});

test('a setting that WeChat does not know is named with its line', async () => {
  assert.deepEqual(await problemsOf({ 'app.json': app({ windows: {} }) }), ['app.json:5: "windows" is no setting of app.json']);
  assert.deepEqual(await problemsOf({ 'pages/a.json': '{\n"titel": 1}' }), ['pages/a.json:2: "titel" is no setting of a page or component']);
});

test('a setting of a wrong kind is named, and hides nothing else', async () => {
  const wrong = {
    subpackages: {}, tabBar: { list: {} }, requiredPrivateInfos: 'getLocation', permission: [], preloadRule: { 'pages/a': null }, window: 1,
    usingComponents: { x: 5 }, darkmode: 'yes', themeLocation: 1,
  };
  for (const [name, value] of Object.entries(wrong)) {
    const [first, ...rest] = await problemsOf({ 'app.json': app({ [name]: value }), 'pages/a.wxml': '<none />' });
    assert.match(first, new RegExp(`^app\\.json:\\d+: ${name} must be `));
    assert.deepEqual(rest, ['pages/a.wxml:1: <none> is not in usingComponents of pages/a.json or app.json'], name);
  }
  assert.match((await problemsOf({ 'app.json': '{"pages": ["pages/a", 1]}' }))[0], /pages must be a list of texts/);
});

test('bars have colours and words that WeChat knows, in app.json and of a page', async () => {
  const bad = { navigationBarTextStyle: 'red', navigationBarBackgroundColor: 'blue', backgroundColor: '#12', navigationStyle: 'none' };
  const named = [
    'navigationBarBackgroundColor must be a colour such as #0052d9, or a name of theme.json',
    'backgroundColor must be a colour such as #0052d9, or a name of theme.json',
    'navigationBarTextStyle must be black, white, or a name of theme.json',
    'navigationStyle must be default or custom',
  ];
  const wordsOf = (lines) => lines.map((line) => line.replace(/^[^:]+:\d+: /, '')).sort();
  assert.deepEqual(wordsOf(await problemsOf({ 'app.json': app({ window: bad }) })), [...named].sort());
  assert.deepEqual(wordsOf(await problemsOf({ 'pages/a.json': bad })), [...named].sort());

  const good = { navigationBarTextStyle: '@ink', navigationBarBackgroundColor: '#fff', backgroundColor: '#0052d9', navigationStyle: 'custom' };
  assert.deepEqual(await problemsOf({ 'pages/a.json': good }), []);
});

test('the first page is one that is listed', async () => {
  assert.deepEqual(await problemsOf({ 'app.json': app({ entryPagePath: 'pages/b' }) }), ['app.json:5: entryPagePath: page pages/b is not listed']);
  assert.deepEqual(await problemsOf({ 'app.json': app({ entryPagePath: 'pages/a' }) }), []);
});

test('tabs: two to five, of the main package, with colours and pictures that exist', async () => {
  const one = await problemsOf({ 'app.json': app({ tabBar: { ...COLOURS, list: [{ pagePath: 'pages/a', text: 'A' }] } }) });
  assert.deepEqual(one, ['app.json:5: a tab bar has 2 to 5 tabs']);

  const list = [{ pagePath: 'pages/a', text: 'A', iconPath: 'a.png' }, { pagePath: 'pages/c', text: '' }];
  const bad = await problemsOf({ ...SECOND, 'app.json': app({ pages: ['pages/a', 'pages/b'], tabBar: { ...COLOURS, color: 'red', list } }) });
  assert.deepEqual(bad.map((line) => line.split(': ').slice(1).join(': ')).sort(), [
    'a.png is missing',
    'tabBar.color must be a colour such as #0052d9, or a name of theme.json',
    'the tab page pages/c is not in pages of the main package',
    'the tab pages/c has no text',
  ]);
});

test('dark mode needs a theme with the same names on both sides', async () => {
  assert.match((await problemsOf({ 'app.json': app({ darkmode: true }) }))[0], /darkmode needs themeLocation/);
  const themed = { 'app.json': app({ darkmode: true, themeLocation: 'theme.json', window: { backgroundColor: '@ground' } }) };
  assert.deepEqual(await problemsOf({ ...themed, 'theme.json': { light: { paper: '#fff' }, dark: {} } }), [
    'app.json:8: @ground is not in theme.json',
    'theme.json:1: light and dark must have the same names',
  ]);
  assert.deepEqual(await problemsOf({ ...themed, 'theme.json': { light: { ground: '#fff' }, dark: { ground: '#000' } } }), []);
});

test('permissions and private infos are those of WeChat', async () => {
  const bad = await problemsOf({
    'app.json': app({ permission: { 'scope.place': { desc: 'x' }, 'scope.camera': {} }, requiredPrivateInfos: ['getFuzzyLocation', 'getLocation', 'getPhone'] }),
  });
  assert.deepEqual(bad.map((line) => line.split(': ').slice(1).join(': ')).sort(), [
    '"getPhone" cannot be in requiredPrivateInfos',
    '"scope.place" is no permission',
    'getFuzzyLocation excludes the exact location in requiredPrivateInfos',
    'permission scope.camera needs a desc, which people read',
  ]);
});

test('the site map must exist and have rules', async () => {
  assert.match((await problemsOf({ 'app.json': app({ sitemapLocation: 'sitemap.json' }) }))[0], /sitemap\.json is missing/);
  assert.deepEqual(await problemsOf({ 'app.json': app({ sitemapLocation: 'sitemap.json' }), 'sitemap.json': {} }), [
    'sitemap.json:1: needs a list of rules',
  ]);
});

test('subpackages lie apart, and are preloaded by names and pages that exist', async () => {
  const files = { 'packages/x/p.js': 'Page({})', 'packages/x/p.wxml': '' };
  const nested = [{ root: 'packages/x', pages: ['p'] }, { root: 'packages/x/y', pages: [] }];
  assert.match((await problemsOf({ ...files, 'app.json': app({ subpackages: nested }) }))[0], /lies within another one/);

  const preloadRule = { 'pages/z': { packages: ['packages/x', 'other'] } };
  const bad = await problemsOf({ ...files, 'app.json': app({ subpackages: [{ root: 'packages/x/', pages: ['p'] }], preloadRule }) });
  assert.deepEqual(bad.map((line) => line.split(': ').slice(1).join(': ')).sort(), [
    'preloadRule: page pages/z is not listed',
    'preloadRule: there is no subpackage "other"',
  ]);
});
