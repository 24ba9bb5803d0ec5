import { AssertionError } from 'node:assert';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { after } from 'node:test';

import { ROOT } from '../../runner/root.js';
import { findChromium, launchChromium } from '../../runner/testing/chromium.js';
import { startPhones } from '../../runner/testing/phones.js';

export const options = { skip: findChromium() === null && 'Chromium is not installed' };

const APP = {
  pages: ['pages/home', 'pages/tab', 'pages/next'],
  window: { navigationBarTitleText: 'T' },
  tabBar: {
    color: '#000000', selectedColor: '#ff0000', backgroundColor: '#ffffff',
    list: [{ pagePath: 'pages/home', text: 'H' }, { pagePath: 'pages/tab', text: 'T' }],
  },
  permission: { 'scope.userFuzzyLocation': { desc: '附近' } },
  requiredPrivateInfos: ['getFuzzyLocation'],
  darkmode: true,
  themeLocation: 'theme.json',
  __usePrivacyCheck__: true,
};
const BLANK = { 'pages/home.wxml': '<view>home</view>', 'pages/tab.wxml': '<view>tab</view>', 'pages/next.wxml': '<view>next</view>' };
const SCRIPTS = { 'pages/home.js': 'Page({})', 'pages/tab.js': 'Page({})', 'pages/next.js': 'Page({})' };

/** One browser for all tests of this process. @type {Promise<import('playwright-core').Browser> | undefined} */
let chromium;
after(async () => (await chromium)?.close());

/**
 * A mini-program of three pages (two tabs) with other files, for the tests of one module; built when its first phone is opened.
 * Requests to http://api.example reach an answering server, which tells what it got.
 *
 * @param {Record<string, string | object>} files
 * @param {{backend?: string, emulator?: string}} [servers] real ones, where a test has them
 */
export function miniprogram(files, { backend, emulator } = {}) {
  let server;
  let root;
  let phones;
  const start = async () => {
    root = write({ 'app.json': APP, 'app.js': 'App({})', 'theme.json': { light: {}, dark: {} }, 'package.json': '{}', ...BLANK, ...SCRIPTS, ...files });
    server = await answering();
    const origin = `http://127.0.0.1:${server.address().port}`;
    chromium ??= launchChromium();
    const domains = { 'http://api.example': backend ?? origin };
    return startPhones({ root, domains, emulator: emulator ?? `${origin}/none`, browser: await chromium });
  };
  after(async () => {
    await (await phones)?.close();
    server?.close();
    if (root) fs.rmSync(root, { recursive: true });
  });
  return { open: async (how) => (await (phones ??= start())).open(how), app: APP };
}

function write(files) {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'miniprogram-'));
  fs.symlinkSync(path.join(ROOT, 'node_modules'), path.join(root, 'node_modules'));
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    fs.writeFileSync(path.join(root, name), typeof text === 'string' ? text : JSON.stringify(text));
  }
  return root;
}

/** Answers with what was sent; `/slow` never, `/text` with words, `/status/503` with that status. */
async function answering() {
  const server = http.createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    const status = /^\/status\/(\d+)/.exec(request.url)?.[1];
    if (request.url.startsWith('/slow')) return;
    response.writeHead(status ? Number(status) : 200, { 'x-served': 'yes' });
    if (request.url === '/text') response.end('words');
    else {
      const { method, url, headers } = request;
      response.end(JSON.stringify({ method, url, headers, body: Buffer.concat(parts).toString('latin1') }));
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  return server;
}

/** Calls an API of `wx` in the phone; what it rejects with comes back as `{failed}`. */
export function call(phone, name, argument) {
  return phone.page.evaluate(
    ([api, given]) => Promise.resolve(globalThis.__runner.wx[api](given)).catch((failed) => ({ failed })),
    [name, argument],
  );
}

/** `wx.request` as a promise. */
export function request(phone, about) {
  return phone.page.evaluate((given) => {
    const { wx } = globalThis.__runner;
    return new Promise((resolve) => wx.request({ ...given, success: resolve, fail: (failed) => resolve({ failed }) }));
  }, about);
}

export const messages = async (phone) => (await phone.problems()).map(({ message }) => message);

const PATIENCE_MS = 10_000;

/**
 * Repeats a check until it holds. A tap is told to the page when the browser comes to it, which a busy machine puts off.
 *
 * @param {() => Promise<void>} check throws an AssertionError as long as it does not hold; the last one is the test's
 */
export async function soon(check) {
  for (const end = Date.now() + PATIENCE_MS; ; await new Promise((done) => setTimeout(done, 20))) {
    try {
      return await check();
    } catch (error) {
      if (!(error instanceof AssertionError) || Date.now() > end) throw error;
    }
  }
}
