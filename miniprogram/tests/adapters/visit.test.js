import assert from 'node:assert/strict';
import { test } from 'node:test';

import { detailRow, nextThing, queueRow, visitRow } from '../../adapters/visit.js';
import { NOW, TODAY, visit } from './rows.js';

const OPENS = Date.parse('2026-11-24T08:00:00+08:00');
const LATE = Date.parse('2026-11-23T22:00:00+08:00');

test('a visit in the list is told by when, where, who and how it stands', () => {
  const row = visitRow(visit(), NOW, TODAY);
  assert.deepEqual([row.day, row.time, row.who, row.status, row.tag, row.next], ['11月24日 后天', '08:30–09:00', '心内科 · 林若溪', '已预约', 'tag-brand', '']);
  assert.equal(visitRow(visit({ doctor_name: null }), NOW, TODAY).who, '心内科 · 普通号');
  const status = (changes) => visitRow(visit(changes), NOW, TODAY).status;
  assert.equal(status({ status: 'noshow', status_label: '未到诊', outcome: 'missed', outcome_label: '失约' }), '失约');
  assert.equal(status({ status: 'cancelled', status_label: '已取消', outcome: 'unattended', outcome_label: '预约未到' }), '预约未到');
  assert.equal(status({ status: 'cancelled', status_label: '已取消', outcome: 'void', outcome_label: '作废' }), '已取消');
  assert.equal(status({ status: 'cancelled', status_label: '已取消', moved_to: '26112200BBBBBBBB' }), '已改期');
});

test('what is to be done next comes in the order of its haste', () => {
  const next = (changes, now = NOW) => nextThing(visit(changes), now);
  assert.match(next({ is_suspended: true, status: 'booked' }), /停诊/);
  assert.match(next({ status: 'pending' }), /支付/);
  assert.match(next({ status: 'pending', fee_fen: 0 }), /确认/);
  assert.match(next({ status: 'checked-in' }), /候诊/);
  assert.match(next({ needs_confirmation: true }), /电话确认/);
  assert.match(next({}, OPENS), /签到/);
  assert.equal(next({ status: 'fulfilled' }), '');
});

test('a pending visit is paid for, and one that costs nothing is accepted', () => {
  const rows = [5000, 0].map((fee) => visitRow(visit({ status: 'pending', fee_fen: fee }), NOW, TODAY));
  assert.deepEqual(rows.map(({ toPay }) => toPay), [true, false]);
  const details = [5000, 0].map((fee) => detailRow(visit({ status: 'pending', fee_fen: fee }), NOW, TODAY));
  assert.deepEqual(details.map(({ isPending, toAccept }) => [isPending, toAccept]), [[true, false], [true, true]]);
});

test('before the deadline a visit moves and is cancelled at no cost, after it neither', () => {
  const before = detailRow(visit(), NOW, TODAY);
  assert.deepEqual([before.canMove, before.canChange, before.cancelNote], [true, true, '现在取消（11月23日 明天 22:00 前）不影响履约等级，挂号费全额退回。']);
  const after = detailRow(visit({ refund_percent_now: 50 }), LATE, TODAY);
  assert.deepEqual([after.canMove, after.canChange], [false, true]);
  assert.match(after.cancelNote, /已过取消截止时间.*退回挂号费的 50%/);
  assert.match(detailRow(visit({ refund_percent_now: 0 }), LATE, TODAY).cancelNote, /不退/);
  assert.doesNotMatch(detailRow(visit({ fee_fen: 0 }), LATE, TODAY).cancelNote, /挂号费/);
});

test('check-in opens at its time, and only for what is booked and takes place', () => {
  const can = (changes, now) => detailRow(visit(changes), now, TODAY).canCheckIn;
  assert.deepEqual([can({}, OPENS - 1), can({}, OPENS), can({ is_suspended: true }, OPENS), can({ status: 'checked-in' }, OPENS)], [false, true, false, false]);
});

test('after a suspension there is a choice until one was made', () => {
  const substitute = {
    doctor_name: '沈知远', doctor_title: '主任医师', visit_date: '2026-11-24', has_room: true,
    starts_at: '2026-11-24T08:00:00+08:00', ends_at: '2026-11-24T12:00:00+08:00',
  };
  const suspension = { reason: '', choose_until: '2026-11-23T12:00:00+08:00', substitute, choice: '', choice_label: '' };
  const row = detailRow(visit({ is_suspended: true, suspension }), NOW, TODAY);
  assert.equal(row.status, '停诊');
  assert.equal(row.suspension.substitute, '沈知远 主任医师 11月24日 后天 08:00–12:00');
  assert.equal(detailRow(visit({ is_suspended: true, suspension: { ...suspension, substitute: { ...substitute, has_room: false } } }), NOW, TODAY).suspension.substitute, '');
  const chosen = detailRow(visit({ is_suspended: true, suspension: { ...suspension, choice: 'refund', choice_label: '退款' } }), NOW, TODAY);
  assert.deepEqual([chosen.suspension, chosen.chosen], [null, '停诊后您选择了：退款']);
});

test('one that is over leads to the next, with the same doctor where there was one', () => {
  const again = (changes) => detailRow(visit(changes), NOW, TODAY).again;
  assert.equal(again({ status: 'fulfilled' }), '/packages/booking/doctor/index?id=5');
  assert.equal(again({ status: 'cancelled', doctor: null }), '/packages/booking/department/index?id=3');
  assert.equal(again({}), '');
});

test('money is told as it went', () => {
  const money = (order, fee = 5000) => detailRow(visit({ payment_order: order, fee_fen: fee }), NOW, TODAY).money.map(({ name, value }) => `${name} ${value}`);
  const order = { amount_fen: 5000, state_label: '部分退款', paid_at: '2026-11-22T09:00:00+08:00', refunded_fen: 2500 };
  assert.deepEqual(money(order), ['挂号费 ¥50.00（部分退款）', '支付时间 11月22日 今天 09:00', '退款 ¥25.00']);
  assert.deepEqual([money(null), money(null, 0)], [['挂号费 ¥50.00'], ['挂号费 免费']]);
});

test('the queue tells who is ahead and how long it may take', () => {
  const queue = (ahead, low, high, state = 'waiting') => queueRow({ state, state_label: '候诊中', people_ahead: ahead, wait_minutes_low: low, wait_minutes_high: high });
  assert.deepEqual([queue(3, 10, 25).ahead, queue(3, 10, 25).wait], ['前面还有 3 位', '大约还要 10–25 分钟']);
  assert.deepEqual([queue(0, 0, 1).ahead, queue(0, 0, 1).wait], ['下一位就是您', '马上到您，请在诊室门口等候']);
  assert.equal(queue(0, 0, 3).wait, '大约 3 分钟以内');
  assert.equal(queue(2, 8, 8).wait, '大约还要 8 分钟');
  assert.deepEqual([queue(null, null, null, 'called').isCalled, queue(null, null, null).wait], [true, '']);
});

test('an appeal is shown as it stands, or offered while it can be made', () => {
  const appeal = (facts) => detailRow(visit({ status: 'noshow', appeal: facts }), NOW, TODAY).appeal;
  const until = '2026-12-01T12:00:00+08:00';
  assert.deepEqual(appeal({ id: 4, state_label: '待处理', can_appeal: false, until }), { id: 4, text: '申诉：待处理', canFile: false });
  assert.match(appeal({ id: null, can_appeal: true, until }).text, /12月1日/);
  assert.equal(appeal({ id: 4, state_label: '已撤回', can_appeal: true, until }).id, null);
  assert.deepEqual([appeal({ id: null, can_appeal: false, until }), appeal(null)], [null, null]);
});
