import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

import { ROOT } from '../../runner/root.js';
import { serve } from '../../runner/server/server.js';
import { SMALLEST } from './fixture.mjs';

async function served(t, options = {}) {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'miniprogram-'));
  for (const [name, text] of Object.entries({ ...SMALLEST, 'package.json': '{}', 'images/a.png': 'picture', 'secret.json': '{}' })) {
    fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    fs.writeFileSync(path.join(root, name), text);
  }
  const server = await serve({ root, domains: {}, emulator: 'http://127.0.0.1:9', ...options });
  t.after(async () => {
    await server.close();
    fs.rmSync(root, { recursive: true });
  });
  return { root, server };
}

/** As `fetch`, but with the path as it is written. */
function raw(address, target) {
  const { hostname, port } = new URL(address);
  return new Promise((resolve, reject) => {
    http.get({ hostname, port, path: target }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on('error', reject);
  });
}

test('the frame, the screen and pictures are served; sources and other folders are not', async (t) => {
  const { server } = await served(t);
  const get = (name) => fetch(server.address + name);

  assert.match(await (await get('')).text(), /<iframe/);
  assert.match(await (await get('app/')).text(), /id="mp-pages"/);
  assert.match(await (await get('app/app.js')).text(), /__miniprogram/);
  const picture = await get('files/images/a.png');
  assert.deepEqual([picture.status, picture.headers.get('content-type')], [200, 'image/png']);
  for (const name of ['files/secret.json', 'files/app.js', 'files/none.png', 'files/images', 'other']) {
    assert.equal((await get(name)).status, 404, name);
  }
  for (const target of ['/preview/files/../package.json', '/preview/files/..%2f..%2f..%2f..%2fetc/passwd', '/preview/..%2f..%2fserver/server.js']) {
    assert.notEqual(await raw(server.address, target), 200, target);
  }
});

test('what does not say where it is to be forwarded to is refused', async (t) => {
  const { server } = await served(t);
  const answered = await fetch(`${server.address}forward`, { method: 'POST', headers: { 'x-url': 'http://api.example/', 'x-method': 'GET' } });
  assert.equal(answered.status, 400);
});

test('other addresses lead to the frame', async (t) => {
  const { server } = await served(t, { base: '/p/' });
  const answered = await fetch(new URL('/', server.address), { redirect: 'manual' });
  assert.deepEqual([answered.status, answered.headers.get('location')], [302, '/p/']);
});

test('a change is built at the next request; what WeChat refuses is shown instead, and mended again', async (t) => {
  const { root, server } = await served(t);
  const script = async () => (await fetch(`${server.address}app/app.js`)).text();
  const write = (text) => fs.writeFileSync(path.join(root, 'pages/a.wxml'), text);
  const before = await script();
  assert.equal(await script(), before);

  write('<text>changed</text>');
  assert.match(await script(), /changed/);
  write('<div>x</div>');
  assert.match(await script(), /pages\/a\.wxml:1: <div> is not in usingComponents/);
  write('<view>mended</view>');
  assert.match(await script(), /mended/);
});

test('open pages hear of a change', async (t) => {
  const { root, server } = await served(t, { live: true });
  const events = await fetch(`${server.address}changes`);
  const reader = events.body.pipeThrough(new TextDecoderStream()).getReader();
  await reader.read();

  fs.writeFileSync(path.join(root, 'pages/a.wxml'), '<text>live</text>');

  assert.equal((await reader.read()).value, 'data: changed\n\n');
  await reader.cancel();
});

const command = (name, ...options) =>
  spawnSync(process.execPath, [path.join(ROOT, 'runner', name), ...options], { encoding: 'utf8', timeout: 60_000 });

test('commands explain themselves, and refuse bad options in one line', () => {
  for (const name of ['serve.mjs', 'build.mjs', 'build_npm.mjs', 'sizes.mjs']) {
    const told = command(name, '--help');
    assert.deepEqual([told.status, told.stderr], [0, '']);
    assert.match(told.stdout, /Usage: npm run/);
    const refused = command(name, '--nonsense');
    assert.equal(refused.status, 2);
    assert.match(refused.stderr, /^Unknown option '--nonsense'.*\n$/);
  }
  for (const [option, value] of [['--port', '70000'], ['--port', 'x'], ['--base', 'preview'], ['--backend', 'nowhere']]) {
    const refused = command('serve.mjs', option, value);
    assert.deepEqual([refused.status, refused.stdout, refused.stderr.split('\n').length], [2, '', 2], `${option} ${value}`);
  }
});

test('the served preview ends with a signal, and leaves the port', async () => {
  const child = spawn(process.execPath, [path.join(ROOT, 'runner/serve.mjs'), '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (said += text));
  while (!said.includes('Preview: ')) await new Promise((resolve) => child.stdout.once('data', resolve));
  const [, address] = /Preview: (\S+)/.exec(said);
  assert.equal((await fetch(address)).status, 200);

  child.kill('SIGTERM');
  const status = await new Promise((resolve) => child.once('exit', resolve));

  assert.equal(status, 0);
  await assert.rejects(fetch(address));
});
