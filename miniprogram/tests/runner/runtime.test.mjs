import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parseAddress, writeAddress } from '../../runner/runtime/addresses.js';
import { eventChannel } from '../../runner/runtime/event_channel.js';
import { CALLS_PER_SECOND, rateCounter } from '../../runner/runtime/set_data.js';
import { themed } from '../../runner/runtime/theme.js';
import { asyncApi } from '../../runner/runtime/wx/wrapping.js';
import { Failure } from '../../runner/runtime/failure.js';
import { API_NAMES } from '../../runner/runtime/wx/names.js';
import { withPixels } from '../../runner/units.js';

test('addresses are read from the root or from a page, and their values left as they are', () => {
  assert.deepEqual(parseAddress('/pages/a?x=1&y=%E7%8E%8B&z=a=b&flag'), { route: 'pages/a', query: { x: '1', y: '%E7%8E%8B', z: 'a=b', flag: '' } });
  assert.equal(parseAddress('../b/index', 'pages/a/index').route, 'pages/b/index');
  assert.equal(parseAddress('c', 'pages/a/index').route, 'pages/a/c');
  assert.equal(writeAddress(parseAddress('/pages/a?x=1&y=2')), '/pages/a?x=1&y=2');
});

test('both ends of an event channel hear the other, not themselves', () => {
  const heard = [];
  const [opener, opened] = eventChannel({ told: (value) => heard.push(`opener ${value}`) });
  const listener = (value) => heard.push(`opened ${value}`);
  opened.on('asked', listener);
  opened.once('asked', (value) => heard.push(`once ${value}`));

  opened.emit('told', 1);
  opener.emit('told', 2);
  opener.emit('asked', 3);
  opener.emit('asked', 4);
  opened.off('asked', listener);
  opener.emit('asked', 5);

  assert.deepEqual(heard, ['opener 1', 'opened 3', 'once 3', 'opened 4']);
});

test('calls are counted over the last second, and told once until they are few again', () => {
  const count = rateCounter();
  const calls = (number, from) => Array.from({ length: number }, (_, at) => count(from + at)).filter(Boolean).length;

  assert.equal(calls(CALLS_PER_SECOND, 0), 0);
  assert.equal(calls(5, 100), 1);
  assert.equal(calls(5, 3000), 0);
  assert.equal(calls(CALLS_PER_SECOND, 3100), 1);
});

test('an API answers by callbacks or by a promise, never by both', async () => {
  const api = asyncApi('add', ({ a }) => {
    if (a < 0) throw new Failure('too small', { errno: 3 });
    return { sum: a + 1 };
  });
  const calls = [];
  const note = (name) => (value) => calls.push([name, value]);

  assert.deepEqual(await api({ a: 1 }), { sum: 2, errMsg: 'add:ok' });
  await assert.rejects(() => api({ a: -1 }), (failed) => failed.errMsg === 'add:fail too small' && failed.errno === 3);
  assert.equal(api({ a: 1, success: note('success'), complete: note('complete') }), undefined);
  assert.equal(api({ a: -1, fail: note('fail'), complete: note('complete') }), undefined);
  await new Promise((resolve) => setTimeout(resolve));

  assert.deepEqual(calls.map(([name]) => name).sort(), ['complete', 'complete', 'fail', 'success']);
});

test('colours may be names of the theme', () => {
  const themes = { light: { ground: '#fff' }, dark: { ground: '#000' } };
  assert.deepEqual([themed('@ground', themes, 'dark'), themed('#123456', themes, 'dark'), themed(undefined, themes, 'dark')], ['#000', '#123456', undefined]);
});

test("WeChat's lengths are found wherever they stand, and in no other word", () => {
  assert.equal(withPixels('calc(100vh - 20.5rpx) 10px 3vhx'), 'calc(100cqh - calc(20.5 * var(--rpx))) 10px 3vhx');
});

test('every API has a name of its own', () => {
  assert.equal(new Set(API_NAMES).size, API_NAMES.length);
  for (const name of ['request', 'login', 'requestPayment', 'requestSubscribeMessage', 'getFuzzyLocation', 'chooseMedia', 'uploadFile']) {
    assert.ok(API_NAMES.includes(name), name);
  }
});
