import assert from 'node:assert/strict';
import { test } from 'node:test';

import { readApp } from '../../runner/compiler/app_config.js';
import { PACKAGE_BYTES, measurePackages } from '../../runner/compiler/packages.js';
import { problemsOf, projectWith } from './fixture.mjs';

const WITH_SUBPACKAGE = {
  'app.json': { pages: ['pages/a'], subpackages: [{ root: 'packages/x', pages: ['p'] }, { root: 'packages/y', pages: ['q'] }] },
  'packages/x/p.js': 'Page({})',
  'packages/x/p.wxml': '<view/>',
  'packages/y/q.js': 'Page({})',
  'packages/y/q.wxml': '<view/>',
};

test('each package is measured by its own files', () => {
  const project = projectWith({ ...WITH_SUBPACKAGE, 'packages/x/big.txt': 'x'.repeat(1000) });

  const [main, x, y] = measurePackages(project, readApp(project));

  assert.deepEqual([main.name, x.name, y.name], ['main', 'packages/x', 'packages/y']);
  assert.equal(x.bytes, 1000 + 'Page({})'.length + '<view/>'.length);
  assert.equal(x.files, 3);
  assert.equal(main.files + x.files + y.files, project.files.size);
});

test('a package over 2 MB is refused, one of exactly 2 MB is not', async () => {
  const room = PACKAGE_BYTES - 'Page({})'.length - '<view/>'.length;

  assert.deepEqual(await problemsOf({ ...WITH_SUBPACKAGE, 'packages/x/big.txt': 'x'.repeat(room) }), []);
  assert.deepEqual(await problemsOf({ ...WITH_SUBPACKAGE, 'packages/x/big.txt': 'x'.repeat(room + 1) }), [
    'app.json: package "packages/x" has 2,049 KB; the limit is 2,048 KB',
  ]);
});

test('a package uses no other subpackage', async () => {
  const scripts = await problemsOf({
    ...WITH_SUBPACKAGE,
    'packages/x/tool.js': 'export const tool = 1;',
    'pages/a.js': "import { tool } from '../packages/x/tool.js';\nPage({ tool })",
    'packages/y/q.js': "import { tool } from '../x/tool.js';\nPage({ tool })",
    'packages/x/p.js': "import { tool } from './tool.js';\nPage({ tool })",
  });
  assert.deepEqual(scripts, [
    'packages/y/q.js:1: ../x/tool.js lies in the subpackage "packages/x", which is not loaded here',
    'pages/a.js:1: ../packages/x/tool.js lies in the subpackage "packages/x", which is not loaded here',
  ]);

  const components = await problemsOf({
    ...WITH_SUBPACKAGE,
    'packages/x/part.json': { component: true },
    'packages/x/part.js': 'Component({})',
    'packages/x/part.wxml': '',
    'pages/a.json': { usingComponents: { part: '/packages/x/part' } },
  });
  assert.deepEqual(components, ['pages/a.json:1: /packages/x/part lies in the subpackage "packages/x", which is not loaded here']);
});

test('an independent package, which is loaded alone, uses nothing of the main one', async () => {
  const own = { root: 'packages/z', pages: ['p'] };
  const files = {
    'util.js': 'export const tool = 1;',
    'packages/z/p.js': "import { tool } from '../../util.js';\nPage({ tool })",
    'packages/z/p.wxml': '',
  };
  const withPackage = (changes) => ({ ...files, 'app.json': { pages: ['pages/a'], subpackages: [{ ...own, ...changes }] } });

  assert.deepEqual(await problemsOf(withPackage({})), []);
  assert.deepEqual(await problemsOf(withPackage({ independent: true })), [
    'packages/z/p.js:1: ../../util.js lies in the main package, which is not loaded here',
  ]);
});
