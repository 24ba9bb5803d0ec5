import assert from 'node:assert/strict';
import { test } from 'node:test';

import { dayRow, daysWith, earlyNote, lookOf, offerText, sessionRow, slotRow } from '../../adapters/session.js';
import { NOW, session, slot, TODAY } from './rows.js';

test('a session is told by its doctor, or by its department where no doctor is named', () => {
  const row = sessionRow(session(), TODAY);
  assert.deepEqual([row.who, row.title, row.when, row.hours, row.fee], ['林若溪', '主任医师', '11月24日 后天 上午', '08:00–12:00', '¥50.00']);
  const ordinary = sessionRow(session({ doctor: null, fee_fen: 0 }), TODAY);
  assert.deepEqual([ordinary.who, ordinary.doctorId, ordinary.fee], ['心内科普通号', null, '免费']);
});

test('what is left is told in words, and few numbers stand out', () => {
  const offers = [
    { seats_left: 9 }, { seats_left: 3 }, { state: 'same-day', seats_left: 1 }, { state: 'extra', seats_left: 2 }, { state: 'full' },
    { state: 'suspended', state_label: '停诊' },
  ].map((changes) => offerText(session(changes)));
  assert.deepEqual(offers, ['余 9 个号', '仅剩 3 个号', '仅剩 1 个号', '加号余 2', '约满，可候补', '停诊']);
});

test('what cannot be booked, waited for or awaited does not open', () => {
  const opens = (state) => sessionRow(session({ state }), TODAY).canOpen;
  assert.deepEqual(['open', 'same-day', 'extra', 'full', 'not-released'].filter(opens).length, 5);
  assert.deepEqual(['advance-closed', 'closed', 'suspended'].filter(opens), []);
  assert.deepEqual([lookOf('extra'), lookOf('full'), lookOf(null), lookOf('something-new')], ['warn', 'wait', 'off', 'off']);
});

test('before its release a session says when it comes, and for whom earlier', () => {
  const hot = session({ state: 'not-released', releases_at: '2026-11-23T07:00:00+08:00', early_release: { A: '2026-11-23T06:30:00+08:00', B: null } });
  assert.equal(sessionRow(hot, TODAY).note, '11月23日 明天 07:00 放号；A 级 11月23日 明天 06:30');
  assert.equal(sessionRow(session(), TODAY).note, '');
});

test('a window is open while it has seats and its session is', () => {
  assert.deepEqual(slotRow(slot(), session()), { id: 70, time: '08:30–09:00', isOpen: true, isExtra: false, left: '余 2' });
  assert.deepEqual([slotRow(slot({ seats_left: 0 }), session()).left, slotRow(slot(), session({ state: 'full' })).isOpen], ['已满', false]);
  assert.equal(slotRow(slot(), session({ state: 'extra' })).isExtra, true);
});

test('a day without sessions says so', () => {
  const day = { visit_date: '2026-11-23', state: 'open', state_label: '可预约' };
  assert.deepEqual(dayRow(day, TODAY), { date: '2026-11-23', name: '明天', number: '11月23日', look: 'open', state: '有号' });
  assert.deepEqual(dayRow({ ...day, state: null, state_label: '' }, TODAY).state, '无号');
  assert.equal(dayRow({ ...day, state: 'suspended', state_label: '停诊' }, TODAY).state, '停诊');
});

test('days are shown with those sessions that are to be chosen from', () => {
  const days = ['2026-11-23', '2026-11-24'].map((date) => ({ visit_date: date, state: 'open', state_label: '可预约' }));
  assert.deepEqual(daysWith(days, [{ date: '2026-11-24' }], TODAY).map(({ look, state }) => [look, state]), [['none', '无号'], ['open', '有号']]);
});

test('who may book before everyone is told why, and until when alone', () => {
  const viewer = { name: '王小明', tier_label: 'A 级' };
  const hot = (changes) => session({ is_hot: true, releases_at: '2026-11-23T07:00:00+08:00', ...changes });
  assert.equal(earlyNote(hot(), viewer, NOW, TODAY), '王小明在本院为 A 级，可以提前预约这一场；11月23日 明天 07:00 起向所有人放号。');
  assert.deepEqual([earlyNote(hot(), null, NOW, TODAY), earlyNote(hot({ state: 'not-released' }), viewer, NOW, TODAY), earlyNote(session(), viewer, NOW, TODAY)], ['', '', '']);
});

test('what is closed to the tier of who looks says why, and can be looked at all the same', () => {
  const closed = [{ session: 7, code: 'hot-not-open-to-tier', message: 'D 级患者暂不能在线预约热门号，请电话或到窗口预约。' }];
  const viewer = { patient: 2, name: '王小明', tier: 'D', tier_label: 'D 级', closed };
  const locked = sessionRow(session(), TODAY, viewer);
  assert.deepEqual([locked.lock, locked.canOpen], [closed[0].message, true]);
  assert.deepEqual([sessionRow(session({ id: 8 }), TODAY, viewer).lock, sessionRow(session(), TODAY).lock], ['', '']);
});
