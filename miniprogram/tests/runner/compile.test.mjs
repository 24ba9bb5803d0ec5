import assert from 'node:assert/strict';
import { test } from 'node:test';

import { toJavaScript } from '../../runner/compiler/wxs.js';
import { compiled } from './fixture.mjs';

const part = (name, using) => ({
  [`${name}.json`]: { component: true, ...(using && { usingComponents: using }) },
  [`${name}.js`]: 'Component({})',
  [`${name}.wxml`]: '',
});

test('only the components that pages reach are compiled, circles included', async () => {
  const { components } = await compiled({
    ...part('parts/one/index', { two: '../two' }),
    ...part('parts/two', { one: './one' }),
    ...part('parts/unused'),
    'pages/a.json': { usingComponents: { one: '/parts/one' } },
  });

  assert.deepEqual(Object.keys(components).sort(), ['pages/a', 'parts/one/index', 'parts/two']);
  assert.deepEqual(components['parts/two'].usingComponents, { one: '/parts/one/index' });
});

test("the app's components are known to pages and own components", async () => {
  const { components } = await compiled({
    'app.json': { pages: ['pages/a'], usingComponents: { one: 'parts/one' } },
    ...part('parts/one'),
    'pages/a.wxml': '<one/>',
  });
  assert.deepEqual(components['pages/a'].usingComponents, { one: '/parts/one' });
});

test('npm components are found in the folder of the page or above', async () => {
  const { components, modules } = await compiled({
    ...part('miniprogram_npm/library/button'),
    'miniprogram_npm/library/button.js': "import { x } from 'inner';\nComponent({ x })",
    'miniprogram_npm/library/miniprogram_npm/inner/index.js': 'export const x = 1;',
    'pages/a.json': { usingComponents: { b: 'library/button' } },
  });
  assert.deepEqual(components['pages/a'].usingComponents, { b: '/miniprogram_npm/library/button' });
  assert.deepEqual(modules['miniprogram_npm/library/button.js'].requires, { inner: 'miniprogram_npm/library/miniprogram_npm/inner/index.js' });
});

test('modules of both kinds are compiled, each once', async () => {
  const { modules } = await compiled({
    'pages/a.js': "import one from '../one';\nconst two = require('../two.js');\nPage({ one, two })",
    'one.js': "import './two.js';\nexport default 1;",
    'two.js': 'module.exports = 2;',
  });
  assert.deepEqual(Object.keys(modules).sort(), ['app.js', 'one.js', 'pages/a.js', 'two.js']);
  assert.deepEqual(modules['pages/a.js'].requires, { '../one': 'one.js', '../two.js': 'two.js' });
  assert.equal(modules['two.js'].code.includes('module.exports = 2'), true);
});

test('templates know what they import', async () => {
  const { templates } = await compiled({
    'pages/a.wxml': '<import src="../row.wxml"/><template is="row" data="{{x}}"/><wxs src="../m.wxs" module="m"/>{{m.f(1)}}',
    'row.wxml': '<template name="row"><text>{{x}}</text></template>',
    'm.wxs': "var n = require('./n.wxs');\nmodule.exports = { f: n.f };",
    'n.wxs': 'module.exports = { f: function (x) { return x; } };',
  });
  assert.deepEqual(Object.keys(templates).sort(), ['pages/a', 'row']);
});

test('in WXS the constructor is a name, and there are getRegExp and getDate', () => {
  const run = (code) => new Function('module', `${toJavaScript(code)};return module.exports`)({ exports: null });

  assert.equal(run("module.exports = [].constructor === 'Array' && (1).constructor !== 'String'"), true);
  assert.equal(run("module.exports = getRegExp('a+', 'g').test('caat')"), true);
  assert.equal(run('module.exports = getDate(2026, 0, 2).getDate()'), 2);
});
