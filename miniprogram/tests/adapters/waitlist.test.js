import assert from 'node:assert/strict';
import { test } from 'node:test';

import { entryDetail, entryRow, joinRow } from '../../adapters/waitlist.js';
import { entry, NOW, session, TODAY } from './rows.js';

const waitlist = (changes = {}) => ({ is_open: true, length: 2, limit: 20, clears_at: '2026-11-23T23:00:00+08:00', reasons: [], ...changes });
const offer = (changes = {}) => ({
  appointment: '26112200AAAAAAAA', status: 'pending', starts_at: '2026-11-24T08:30:00+08:00', ends_at: '2026-11-24T09:00:00+08:00',
  fee_fen: 5000, answer_by: '2026-11-22T12:00:00+08:00', ...changes,
});

test('who thinks of joining reads the rules, with the words of what is to be done at last', () => {
  const row = joinRow(session({ state: 'full' }), waitlist(), TODAY);
  assert.equal(row.terms.length, 4);
  assert.match(row.terms[1], /支付挂号费/);
  assert.match(row.terms[2], /11月23日 明天 23:00/);
  assert.match(joinRow(session({ fee_fen: 0 }), waitlist(), TODAY).terms[1], /确认接受/);
  assert.equal(row.facts.at(-1).value, '2 人');
});

test('a waitlist that cannot be joined says why, and seats that are left are good news', () => {
  const closed = (code, message) => joinRow(session(), waitlist({ is_open: false, reasons: [{ code, message }] }), TODAY);
  const full = closed('waitlist-full', '该班次候补人数已达上限 50 人。');
  assert.deepEqual([full.isOpen, full.hasSeats, full.refusals[0].message], [false, false, '该班次候补人数已达上限 50 人。']);
  const seats = closed('seats-are-left', '该班次尚未约满，无需候补。');
  assert.deepEqual([seats.isOpen, seats.hasSeats, seats.refusals], [false, true, []]);
});

test('who waits reads the place, who is next reads that too', () => {
  const row = entryRow(entry(), NOW, TODAY);
  assert.deepEqual([row.next, row.tag, row.day, row.time], ['排在第 3 位，共 5 人候补', 'tag-brand', '11月24日 后天', '上午']);
  const detail = entryDetail(entry({ seats_returned: 2 }), NOW, TODAY);
  assert.deepEqual([detail.isWaiting, detail.isOver, detail.ahead], [true, false, '前面还有 2 位']);
  assert.equal(entryDetail(entry({ position: 1 }), NOW, TODAY).ahead, '下一个退号就派给您');
  assert.deepEqual(detail.course.map(({ value }) => value), ['11月22日 今天 09:00', '11月23日 明天 23:00', '2 个']);
});

test('an offer is open until its end, free ones are confirmed and others paid', () => {
  const offered = entry({ state: 'offered', ended_at: '2026-11-22T09:30:00+08:00', position: null, offer: offer() });
  assert.equal(entryRow(offered, NOW, TODAY).next, '号源为您保留，请在 11月22日 今天 12:00 前支付');
  const detail = entryDetail(offered, NOW, TODAY);
  assert.deepEqual(
    [detail.offer.isOpen, detail.offer.left, detail.offer.isFree, detail.offer.fee, detail.offer.when],
    [true, '2:00:00', false, '¥50.00', '11月24日 后天 08:30–09:00'],
  );
  assert.equal(entryDetail(offered, NOW + 7_200_000, TODAY).offer.isOpen, false);
  assert.equal(entryRow(offered, NOW + 7_200_000, TODAY).next, '');
  const free = entryDetail({ ...offered, offer: offer({ fee_fen: 0 }) }, NOW, TODAY);
  assert.deepEqual([free.offer.isFree, entryRow({ ...offered, offer: offer({ fee_fen: 0 }) }, NOW, TODAY).next.endsWith('确认')], [true, true]);
});

test('each end says what it means, and an accepted seat leads to its booking', () => {
  for (const state of ['declined', 'ran-out', 'left', 'cleared', 'cancelled']) {
    const detail = entryDetail(entry({ state, ended_at: '2026-11-22T09:30:00+08:00', position: null }), NOW, TODAY);
    assert.ok(detail.end.endsWith('。'), state);
    assert.deepEqual([detail.isOver, detail.accepted], [true, '']);
  }
  const accepted = entryDetail(entry({ state: 'accepted', offer: offer({ status: 'booked' }) }), NOW, TODAY);
  assert.deepEqual([accepted.accepted, accepted.offer], ['26112200AAAAAAAA', null]);
});

test('why a seat went to others is told with its time', () => {
  const skips = [{ at: '2026-11-22T09:10:00+08:00', code: 'day-cap', reason: '同一天最多预约 2 次。' }];
  assert.deepEqual(entryDetail(entry({ skips }), NOW, TODAY).skips.map(({ at, reason }) => [at, reason]), [['11月22日 今天 09:10', '同一天最多预约 2 次。']]);
});
