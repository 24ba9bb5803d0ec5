import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

import { Project } from '../../runner/compiler/project.js';
import { buildNpm } from '../../runner/npm/build_npm.js';
import { withMasks } from '../../runner/npm/icons.js';
import { ROOT } from '../../runner/root.js';

/** A mini-program that uses one component of TDesign, with this checkout's installed packages. */
function miniprogram(t, files) {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'miniprogram-'));
  t.after(() => fs.rmSync(root, { recursive: true }));
  fs.symlinkSync(path.join(ROOT, 'node_modules'), path.join(root, 'node_modules'));
  const all = {
    'package.json': JSON.stringify({ dependencies: { 'tdesign-miniprogram': '*' } }),
    'page.json': JSON.stringify({ usingComponents: { 't-tag': 'tdesign-miniprogram/tag/tag' } }),
    'page.wxml': '<t-tag icon="time"/>',
    ...files,
  };
  for (const [name, text] of Object.entries(all)) fs.writeFileSync(path.join(root, name), text);
  return root;
}

const built = (root) => [...Project.open(root).files.keys()].filter((name) => name.startsWith('miniprogram_npm/'));
const folders = (root) => new Set(built(root).map((name) => name.split('/')[2]));

test('a component comes with all that it needs, and with nothing else', (t) => {
  const root = miniprogram(t, {});

  const { files, hasChanged } = buildNpm(root);

  assert.equal(hasChanged, true);
  assert.equal(files, built(root).length);
  assert.deepEqual([...folders(root)].sort(), ['common', 'icon', 'miniprogram_npm', 'tag']);
  assert.ok(built(root).includes('miniprogram_npm/tdesign-miniprogram/miniprogram_npm/tslib/index.js'));
  assert.equal(built(root).some((name) => name.endsWith('.d.ts')), false);
});

test('a second run writes nothing; what is no longer used goes', (t) => {
  const root = miniprogram(t, {});
  buildNpm(root);

  assert.equal(buildNpm(root).hasChanged, false);
  fs.writeFileSync(path.join(root, 'page.json'), '{}');
  assert.equal(buildNpm(root).hasChanged, true);
  assert.deepEqual(built(root), []);
});

test('a script may import from a package', (t) => {
  const root = miniprogram(t, { 'page.json': '{}', 'page.js': "import Toast from 'tdesign-miniprogram/toast/index';\nToast();" });

  buildNpm(root);

  assert.ok(built(root).includes('miniprogram_npm/tdesign-miniprogram/toast/index.js'));
});

test('icons lie in the sheet: those that are named, and no font from the network', (t) => {
  const root = miniprogram(t, {});

  const { icons } = buildNpm(root);

  const sheet = fs.readFileSync(path.join(root, 'miniprogram_npm/tdesign-miniprogram/icon/icon.wxss'), 'utf8');
  assert.ok(icons.includes('time'));
  assert.ok(!icons.includes('hospital'));
  assert.ok(sheet.includes('.t-icon-time:before{-webkit-mask-image:url("data:image/svg+xml,'));
  assert.deepEqual(sheet.match(/https?:\/\/(?!www\.w3\.org)/g), null);
});

test('an icon that no file draws is left out', () => {
  const folder = path.join(ROOT, 'node_modules/tdesign-icons-svg/src');
  const sheet = "@font-face{src:url(x)}\n.t-icon{font-family:t!important;}\n.t-icon-base{color:red}\n.t-icon-time:before{content:'\\E1';}\n.t-icon-nowhere:before{content:'\\E2';}";

  const masked = withMasks(sheet, ['icon="time" icon="nowhere"'], folder);

  assert.deepEqual(masked.icons, ['time']);
  assert.ok(!masked.sheet.includes('@font-face') && !masked.sheet.includes('font-family') && !masked.sheet.includes('nowhere'));
  assert.ok(masked.sheet.includes('.t-icon-base{color:red}'));
});

test('a package that is missing, or is not for mini-programs, is named', (t) => {
  const missing = miniprogram(t, { 'package.json': JSON.stringify({ dependencies: { nowhere: '*' } }) });
  assert.throws(() => buildNpm(missing), /nowhere is not installed/);
  const other = miniprogram(t, { 'package.json': JSON.stringify({ dependencies: { postcss: '*' } }) });
  assert.throws(() => buildNpm(other), /postcss is no mini-program package/);
});
