import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  addDays, clockOf, countdown, dateOf, dayText, daysBetween, instantText, nearDay, span, todayAt, weekday,
} from '../../adapters/day.js';
import { fee, yuan } from '../../adapters/money.js';

test('an instant is told on the hospital’s clock, wherever the phone is', () => {
  const before = process.env.TZ;
  for (const zone of ['Asia/Shanghai', 'America/Los_Angeles', 'Pacific/Auckland']) {
    process.env.TZ = zone;
    assert.equal(dateOf('2026-11-24T00:30:00+08:00'), '2026-11-24');
    assert.equal(clockOf('2026-11-24T00:30:00+08:00'), '00:30');
    assert.equal(weekday('2026-11-24'), '周二');
  }
  if (before === undefined) delete process.env.TZ;
  else process.env.TZ = before;
});

test('near days have names, other days a weekday, and other years their number', () => {
  assert.deepEqual(
    ['2026-11-22', '2026-11-23', '2026-11-24', '2026-11-25', '2026-11-21'].map((date) => nearDay(date, '2026-11-22')),
    ['今天', '明天', '后天', '周三', '周六'],
  );
  assert.equal(dayText('2026-12-31', '2026-12-31'), '12月31日 今天');
  assert.equal(dayText('2027-01-01', '2026-12-31'), '2027年1月1日 明天');
  assert.equal(instantText('2026-11-24T08:05:00+08:00', '2026-11-22'), '11月24日 后天 08:05');
  assert.equal(span('2026-11-24T08:00:00+08:00', '2026-11-24T08:30:00+08:00'), '08:00–08:30');
});

test('days are counted over the ends of months and years', () => {
  assert.equal(daysBetween('2026-12-30', '2027-01-02'), 3);
  assert.equal(addDays('2026-02-27', 2), '2026-03-01');
  assert.equal(addDays('2026-03-01', -1), '2026-02-28');
});

test('today is the hospital’s, not the phone’s', () => {
  const now = Date.parse('2026-11-22T17:00:00Z');
  assert.equal(todayAt(now, '2026-11-24T08:00:00+08:00'), '2026-11-23');
  assert.equal(todayAt(now, '2026-11-24T08:00:00-05:00'), '2026-11-22');
  assert.equal(todayAt(now, '2026-11-24T08:00:00Z'), '2026-11-22');
});

test('a countdown never goes below nothing', () => {
  assert.deepEqual([545, 60, 59.2, 0, -3].map(countdown), ['9:05', '1:00', '1:00', '0:00', '0:00']);
  assert.deepEqual([3599, 3600, 86_345].map(countdown), ['59:59', '1:00:00', '23:59:05']);
});

test('money is told in yuan', () => {
  assert.deepEqual([yuan(2500), yuan(5), fee(0), fee(1850)], ['¥25.00', '¥0.05', '免费', '¥18.50']);
});
