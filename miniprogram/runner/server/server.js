import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { Builder } from './builder.js';
import { forward } from './forward.js';

/**
 * @import { IncomingMessage, ServerResponse } from 'node:http'
 * @import { AddressInfo } from 'node:net'
 */

const SHELL = fileURLToPath(new URL('../runtime/shell/', import.meta.url));
/** @type {Record<string, string>} */
const TYPES = {
  '.css': 'text/css', '.gif': 'image/gif', '.html': 'text/html; charset=utf-8', '.jpg': 'image/jpeg', '.jpeg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8', '.png': 'image/png', '.svg': 'image/svg+xml', '.webp': 'image/webp',
};
const WATCH_MS = 700;

/**
 * @typedef {object} ServerContext
 * @property {string} root
 * @property {string} base
 * @property {Record<string, string>} domains
 * @property {string} emulator
 * @property {Builder} builder
 * @property {boolean} live
 */

/**
 * Serves a mini-program: the phone at `base`, the bare screen at `base + 'app/'`.
 *
 * @param {{root: string, base?: string, port?: number, domains: Record<string, string>, emulator: string, live?: boolean}} options
 *     `domains`: origin as the mini-program writes it → server; `emulator`: address of the WeChat emulator; `live`: tell open pages
 *     of changed files, so that they reload
 * @returns {Promise<{address: string, builder: Builder, close: () => Promise<void>}>}
 */
export async function serve({ root, base = '/preview/', port = 0, domains, emulator, live = false }) {
  const builder = new Builder(root);
  const context = { root, base, domains, emulator, builder, live };
  const server = http.createServer((request, response) => {
    answer(context, request, response).catch((error) => {
      console.error(error);
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `http://127.0.0.1:${/** @type {AddressInfo} */ (server.address()).port}${base}`,
    builder,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** @param {ServerContext} context @param {IncomingMessage} request @param {ServerResponse} response */
async function answer(context, request, response) {
  const { pathname, search } = new URL(request.url ?? '/', 'http://server');
  if (!pathname.startsWith(context.base)) {
    response.writeHead(302, { location: context.base });
    response.end();
    return;
  }
  const name = pathname.slice(context.base.length);
  if (name === 'forward') await answerForward(context, request, response);
  else if (name.startsWith('emulator/')) await answerEmulator(context, request, response, name.slice('emulator/'.length) + search);
  else if (name === 'app/app.js') send(response, '.js', (await context.builder.app()).code);
  else if (name === 'app/runtime.js') send(response, '.js', await context.builder.runtimeScript());
  else if (name === 'changes') watch(context, request, response);
  else if (name.startsWith('files/')) sendFile(response, context.root, decodeURIComponent(name.slice('files/'.length)));
  else sendFile(response, SHELL, { '': 'frame.html', 'app/': 'app.html' }[name] ?? name.replace(/^app\//, ''));
}

/** @param {ServerResponse} response @param {string} extension @param {string | Buffer} body */
function send(response, extension, body) {
  response.writeHead(200, { 'content-type': TYPES[extension] ?? 'application/octet-stream', 'cache-control': 'no-store' });
  response.end(body);
}

/**
 * A picture or a part of the shell; nothing outside of `folder`, and no source.
 *
 * @param {ServerResponse} response
 * @param {string} folder
 * @param {string} name
 */
function sendFile(response, folder, name) {
  const file = path.join(folder, name);
  const extension = path.extname(file);
  const isInside = file.startsWith(path.join(folder, path.sep)) || folder.endsWith(path.sep);
  const isPublic = folder === SHELL || !['.js', '.json', '.html'].includes(extension);
  if (!isInside || path.relative(folder, file).startsWith('..') || !isPublic || !fs.existsSync(file) || !fs.statSync(file).isFile()) {
    response.writeHead(404);
    response.end();
  } else send(response, extension, fs.readFileSync(file));
}

/** @param {ServerContext} context @param {IncomingMessage} request @param {ServerResponse} response */
async function answerForward({ domains }, request, response) {
  const { 'x-url': url, 'x-method': method, 'x-headers': headers } = request.headers;
  if (typeof url !== 'string' || typeof method !== 'string' || typeof headers !== 'string') {
    response.writeHead(400);
    response.end();
    return;
  }
  const abort = new AbortController();
  response.on('close', () => abort.abort());
  const asked = { url, method, headers: JSON.parse(decodeURIComponent(headers)), body: await bodyOf(request), signal: abort.signal };
  const answered = await forward(asked, domains);
  if ('refusal' in answered) response.writeHead(200, { 'x-refused': answered.refusal });
  else {
    response.writeHead(200, {
      'x-status': answered.status,
      'x-answer-headers': encodeURIComponent(JSON.stringify(answered.headers)),
      'content-type': 'application/octet-stream',
    });
  }
  response.end(answered.body);
}

/**
 * @param {ServerContext} context
 * @param {IncomingMessage} request
 * @param {ServerResponse} response
 * @param {string} name
 */
async function answerEmulator({ emulator }, request, response, name) {
  const body = await bodyOf(request);
  try {
    const answered = await fetch(`${emulator}/_emulator/${name}`, {
      method: request.method,
      headers: { 'content-type': 'application/json' },
      body: request.method === 'GET' ? undefined : body,
    });
    response.writeHead(answered.status, { 'content-type': 'application/json' });
    response.end(Buffer.from(await answered.arrayBuffer()));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // fetch says so where nobody answers
    response.writeHead(502, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ message: `the WeChat emulator does not answer at ${emulator}` }));
  }
}

/** @param {IncomingMessage} request @returns {Promise<Buffer<ArrayBuffer>>} */
async function bodyOf(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts);
}

/**
 * Tells a page, as server-sent events, when a file has changed.
 *
 * @param {ServerContext} context
 * @param {IncomingMessage} request
 * @param {ServerResponse} response
 */
function watch({ builder, live }, request, response) {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.write('retry: 1000\n\n');
  if (!live) return;
  let before = builder.state();
  const timer = setInterval(() => {
    const now = builder.state();
    if (now !== before) response.write('data: changed\n\n');
    before = now;
  }, WATCH_MS);
  request.on('close', () => clearInterval(timer));
}
