import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

import { Project } from '../../runner/compiler/project.js';

function folderWith(files) {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'miniprogram-'));
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    fs.writeFileSync(path.join(root, name), text);
  }
  return root;
}

test('what project.config.json keeps out of the package is not read', (t) => {
  const ignore = [
    { type: 'folder', value: '/tools/' },
    { type: 'file', value: 'README.md' },
    { type: 'suffix', value: '.psd' },
    { type: 'prefix', value: 'draft-' },
    { type: 'regexp', value: '^notes/.*\\.txt$' },
  ];
  const kept = ['app.js', 'notes/a.json', 'pages/README.md', 'project.config.json', 'toolshed/a.js'];
  const root = folderWith({
    'project.config.json': JSON.stringify({ packOptions: { ignore } }),
    ...Object.fromEntries(['app.js', 'tools/a.js', 'toolshed/a.js', 'README.md', 'pages/README.md', 'x/a.psd', 'x/draft-a.js', 'notes/a.txt', 'notes/a.json', 'node_modules/a/index.js'].map((name) => [name, '{}'])),
  });
  t.after(() => fs.rmSync(root, { recursive: true }));

  assert.deepEqual([...Project.open(root).files.keys()].sort(), kept);
});

test('a rule of unknown kind is refused', (t) => {
  const root = folderWith({ 'project.config.json': JSON.stringify({ packOptions: { ignore: [{ type: 'glob', value: '*' }] } }), a: '' });
  t.after(() => fs.rmSync(root, { recursive: true }));

  assert.throws(() => Project.open(root), /unknown type "glob"/);
});
