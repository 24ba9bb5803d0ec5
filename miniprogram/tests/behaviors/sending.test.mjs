import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ApiError } from '../../utils/api_error.js';

globalThis.Behavior = /** @type {any} */ ((definition) => definition);
const { sending } = /** @type {any} */ (await import('../../behaviors/sending.js'));

/** A page about something whose state is on the server; its writes answer as they are told. */
function pageOf(server) {
  return {
    ...sending.methods,
    data: { ...sending.data },
    keys: [],
    setData(changes) {
      Object.assign(this.data, changes);
    },
    async load() {
      this.shown = server.state;
    },
    stateOf() {
      return this.shown;
    },
    write(what, outcome) {
      return this.send(what, async (key) => {
        this.keys.push(key);
        await outcome();
      });
    },
  };
}

const OFFLINE = () => Promise.reject(new ApiError('offline'));
const REFUSED = () => Promise.reject(new ApiError('too-late', { message: '已过截止时间。', status: 409 }));

test('a write that may not have arrived keeps its key for the same one alone', async () => {
  const page = pageOf({ state: 'booked' });
  await page.load();
  assert.equal(await page.write('cancel', OFFLINE), false);
  assert.match(page.data.problem, /网络不可用/);
  await page.write('cancel', OFFLINE);
  await page.write('check-in', OFFLINE);
  assert.equal(await page.write('check-in', async () => {}), true);
  await page.write('check-in', async () => {});

  const [first, again, other, otherAgain, later] = page.keys;
  assert.deepEqual([again, otherAgain], [first, other]);
  assert.equal(new Set([first, other, later]).size, 3);
  assert.deepEqual(page.data, { isSending: false, problem: '' });
});

test('a refusal is told, and the next attempt is a new one', async () => {
  const page = pageOf({ state: 'booked' });
  assert.equal(await page.write('cancel', REFUSED), false);
  assert.equal(page.data.problem, '已过截止时间。');
  await page.write('cancel', REFUSED);
  assert.notEqual(page.keys[0], page.keys[1]);
});

test('where only the answer was lost, the page shows what was done and complains of nothing', async () => {
  const server = { state: 'booked' };
  const page = pageOf(server);
  await page.load();
  await page.write('cancel', () => {
    server.state = 'cancelled';
    return OFFLINE();
  });
  assert.deepEqual([page.shown, page.data.problem], ['cancelled', '']);
});

test('two taps send once', async () => {
  const page = pageOf({ state: 'booked' });
  const [one, two] = await Promise.all([page.write('cancel', async () => {}), page.write('cancel', async () => {})]);
  assert.deepEqual([one, two, page.keys.length], [true, false, 1]);
});
