import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createClient, newKey } from '../../utils/request.js';
import { answer, failure, platformWith, refusal, tokens } from './platform.mjs';

const BASE = 'http://api.example/api/v1';
const SIGNED_IN = () => ({ session: { access: 'access-old', refresh: 'refresh-old' } });

function clientWith(answers, storage = SIGNED_IN()) {
  const platform = platformWith(answers, storage);
  const pauses = [];
  const client = createClient(platform, BASE, async (milliseconds) => void pauses.push(milliseconds));
  return { client, platform, pauses };
}

const EXPIRED = refusal(401, 'authentication-failed', '登录已失效，请重新登录。');

test('a read carries the token and the query, without what is not given', async () => {
  const { client, platform } = clientWith([answer(200, { id: 1 })]);

  assert.deepEqual(await client.get('/x', { query: { q: '儿 科', page: 2, near: null, tier: undefined } }), { id: 1 });

  assert.deepEqual(platform.sent, [
    { method: 'GET', path: `/api/v1/x?q=${encodeURIComponent('儿 科')}&page=2`, data: undefined, header: { Authorization: 'Bearer access-old' }, timeout: 8000 },
  ]);
});

test('what is public asks nobody to sign in', async () => {
  const { client, platform } = clientWith([answer(200, [])], {});

  await client.get('/hospitals', { isPublic: true });

  assert.equal('Authorization' in platform.sent[0].header, false);
  assert.deepEqual(platform.logins, []);
});

test('who has no token signs in first, and stays so', async () => {
  const { client, platform } = clientWith([answer(200, tokens('new')), answer(200, 1), answer(200, 2)], {});

  assert.deepEqual([await client.get('/a'), await client.get('/b')], [1, 2]);

  assert.deepEqual(platform.sent.map(({ path }) => path), ['/api/v1/auth/wechat-login', '/api/v1/a', '/api/v1/b']);
  assert.deepEqual(platform.sent[0].data, { code: 'code-1' });
  assert.deepEqual(platform.storage.session, { access: 'access-new', refresh: 'refresh-new' });
});

test('many requests with an expired token renew it once', async () => {
  const { client, platform } = clientWith([EXPIRED, EXPIRED, EXPIRED, answer(200, tokens('new')), answer(200, 'a'), answer(200, 'b'), answer(200, 'c')]);

  assert.deepEqual(await Promise.all(['/a', '/b', '/c'].map((path) => client.get(path))), ['a', 'b', 'c']);

  assert.deepEqual(platform.sent.map(({ path }) => path.replace('/api/v1', '')), ['/a', '/b', '/c', '/auth/refresh', '/a', '/b', '/c']);
  assert.deepEqual(platform.sent.slice(4).map(({ header }) => header.Authorization), Array(3).fill('Bearer access-new'));
  assert.deepEqual(platform.logins, []);
});

test('a request refused after another one has renewed uses the new token at once', async () => {
  let refuseLate;
  const late = () => new Promise((resolve) => (refuseLate = () => resolve(EXPIRED())));
  const { client, platform } = clientWith([late, EXPIRED, answer(200, tokens('new')), answer(200, 'b'), answer(200, 'a')]);

  const slow = client.get('/a');
  assert.equal(await client.get('/b'), 'b');
  refuseLate();

  assert.equal(await slow, 'a');
  assert.equal(platform.sent.filter(({ path }) => path.endsWith('/auth/refresh')).length, 1);
});

test('where the refresh token has ended too, WeChat signs in', async () => {
  const { client, platform } = clientWith([EXPIRED, refusal(401, 'refresh-refused', '登录已失效，请重新登录。'), answer(200, tokens('new')), answer(200, 1)]);

  assert.equal(await client.get('/a'), 1);

  assert.deepEqual(platform.logins, ['code-1']);
});

test('a token that is refused when it is new ends in the API’s own sentence, not in a circle', async () => {
  const { client, platform } = clientWith([EXPIRED, answer(200, tokens('new')), EXPIRED]);

  await assert.rejects(client.get('/a'), { code: 'authentication-failed', message: '登录已失效，请重新登录。', status: 401 });
  assert.equal(platform.sent.length, 3);
});

test('a failed renewal fails those who wait, and the next request tries again', async () => {
  const { client } = clientWith([EXPIRED, EXPIRED, refusal(503, 'wechat-unavailable', '微信暂时没有响应，请稍后再试。'), EXPIRED, answer(200, tokens('new')), answer(201, 'ok')]);

  const both = await Promise.allSettled([client.post('/a'), client.post('/b')]);

  assert.deepEqual(both.map(({ reason }) => reason.message), Array(2).fill('微信暂时没有响应，请稍后再试。'));
  assert.equal(await client.post('/c'), 'ok');
});

test('a login that WeChat refuses is told as such', async () => {
  const { client, platform } = clientWith([], {});
  platform.login = () => Promise.reject({ errMsg: 'login:fail' });

  await assert.rejects(client.post('/a'), { code: 'login-failed', message: '登录没有成功，请稍后重试。' });
});

test('a write keeps its Idempotency-Key over the renewal; two writes have two', async () => {
  const { client, platform } = clientWith([EXPIRED, answer(200, tokens('new')), answer(201, 1), answer(201, 2)]);

  await client.post('/appointments', { slot: 1 });
  await client.post('/appointments', { slot: 1 });

  const keys = platform.sent.filter(({ path }) => path.endsWith('/appointments')).map(({ header }) => header['Idempotency-Key']);
  assert.equal(keys.length, 3);
  assert.equal(keys[0], keys[1]);
  assert.notEqual(keys[1], keys[2]);
});

test('a person who tries again sends the same key', async () => {
  const { client, platform } = clientWith([failure('timeout', { errno: 5 }), answer(201, 'booked')]);
  const key = newKey();

  await assert.rejects(client.post('/appointments', { slot: 1 }, { key }), { code: 'timeout' });
  assert.equal(await client.post('/appointments', { slot: 1 }, { key }), 'booked');

  assert.deepEqual(platform.sent.map(({ header }) => header['Idempotency-Key']), [key, key]);
});

test('keys are such as the API takes', () => {
  const keys = Array.from({ length: 200 }, newKey);
  for (const key of keys) assert.match(key, /^[\x21-\x7e]{8,64}$/);
  assert.equal(new Set(keys).size, 200);
});

test('a read is tried three times, a write once', async () => {
  const reads = clientWith([failure('net::ERR'), answer(503, 'busy'), answer(200, 1)]);
  assert.equal(await reads.client.get('/a'), 1);
  assert.deepEqual(reads.pauses, [300, 900]);

  const writes = clientWith([failure('net::ERR')]);
  await assert.rejects(writes.client.post('/a'), { code: 'offline' });
  assert.equal(writes.platform.sent.length, 1);
  assert.equal(writes.platform.sent[0].timeout, 15_000);
});

test('a read that fails for good says why, after the last attempt', async () => {
  const { client, platform } = clientWith([failure('net::ERR'), failure('net::ERR'), failure('timeout')]);

  await assert.rejects(client.get('/a'), { name: 'ApiError', code: 'timeout', message: '网络较慢，没有等到答复，请稍后重试。', isPassing: true });
  assert.equal(platform.sent.length, 3);
});

test("a refusal is the API's own sentence, at once", async () => {
  const { client, platform } = clientWith([refusal(409, 'session-full', '该班次已约满。', { session_id: 7 })]);

  await assert.rejects(client.get('/a'), { code: 'session-full', message: '该班次已约满。', status: 409, detail: { session_id: 7 }, isPassing: false });
  assert.equal(platform.sent.length, 1);
});

test('what a proxy answers in HTML becomes a sentence of ours', async () => {
  for (const data of ['<html>502</html>', null, ['x'], { code: 5 }]) {
    const { client } = clientWith([answer(502, data)]);
    await assert.rejects(client.post('/a'), { code: 'server-error', message: '系统繁忙，请稍后再试。', status: 502, isPassing: true });
  }
});

test('no content is null', async () => {
  const { client } = clientWith([answer(204, '')]);
  assert.equal(await client.delete('/patients/1'), null);
});

test('an upload is signed, keeps its key, and its answer is read', async () => {
  const file = { filePath: 'http://tmp/a.jpg', name: 'proof', formData: { statement: '堵车' } };
  const { client, platform } = clientWith([
    answer(401, '{"code": "authentication-failed", "message": "登录已失效，请重新登录。", "detail": {}}'),
    answer(200, tokens('new')),
    answer(201, '{"id": 3}'),
  ]);

  assert.deepEqual(await client.upload('/appeals', file), { id: 3 });

  const [first, , second] = platform.sent;
  assert.equal(first.header['Idempotency-Key'], second.header['Idempotency-Key']);
  assert.equal(second.header.Authorization, 'Bearer access-new');
});

test('who signs out is signed in anew by the next request', async () => {
  const { client, platform } = clientWith([answer(200, tokens('new')), answer(200, 1)]);

  client.session.end();
  await client.get('/a');

  assert.deepEqual(platform.logins, ['code-1']);
});
