import assert from 'node:assert/strict';
import { test } from 'node:test';

import { confirmRow, patientChoice, paymentRow, refusalRow, resultRow } from '../../adapters/booking.js';
import { NOW, session, slot, TODAY, visit } from './rows.js';

const found = (changes = {}) => ({
  hospital: { name: '云栖测试医院' }, session: session(), slot: slot(), terms: ['请按时就诊。'], hold_minutes: 15, chance: null, ...changes,
});

test('a booking is confirmed with who, where, when and what it costs', () => {
  const row = confirmRow(found(), TODAY);
  assert.deepEqual(Object.fromEntries(row.facts.map(({ name, value }) => [name, value])), {
    医院: '云栖测试医院', 科室: '心内科', 医生: '林若溪 主任医师', 时间: '11月24日 后天 08:30–09:00', 地点: '3 层 02 诊室', 号别: '专家号',
  });
  assert.deepEqual([row.fee, row.isFree, row.isOpen, row.isBookable], ['¥50.00', false, true, false]);
});

test('nobody is bookable before a patient is judged; each reason against one leads somewhere where there is something to do', () => {
  const chance = { is_bookable: false, reasons: [{ code: 'hot-not-open-to-tier', message: 'D 级患者暂不能在线预约热门号。' }, { code: 'day-cap', message: '同一天最多预约 2 次。' }] };
  const row = confirmRow(found({ chance }), TODAY);
  assert.equal(row.isBookable, false);
  assert.deepEqual(row.refusals.map(({ wayOut }) => wayOut?.url ?? null), ['/packages/standing/index/index', null]);
  assert.equal(confirmRow(found({ chance: { is_bookable: true, reasons: [] } }), TODAY).isBookable, true);
  assert.equal(refusalRow({ code: 'already-booked', message: '' }).wayOut.isTab, true);
  assert.equal(refusalRow({ code: 'slot-full', message: '' }, 7).wayOut.url, '/packages/booking/slots/index?session=7');
  assert.equal(refusalRow({ code: 'session-full', message: '' }).wayOut, null);
});

test('an extra seat is called one, and a full window is not open', () => {
  const kind = (row) => row.facts.find(({ name }) => name === '号别').value;
  assert.equal(kind(confirmRow(found({ session: session({ channel: 'extra' }) }), TODAY)), '专家号（加号）');
  assert.equal(confirmRow(found({ slot: slot({ seats_left: 0 }) }), TODAY).isOpen, false);
  assert.equal(confirmRow(found({ session: session({ channel: null }) }), TODAY).isOpen, false);
});

test('a payment is waited for until the hold ends, then it has run out', () => {
  const pending = visit({ status: 'pending', hold_expires_at: '2026-11-22T10:10:00+08:00' });
  assert.deepEqual([paymentRow(pending, NOW, TODAY).state, paymentRow(pending, NOW, TODAY).seconds], ['to-pay', 600]);
  assert.equal(paymentRow(pending, NOW + 600_000, TODAY).state, 'run-out');
  assert.equal(paymentRow(visit({ status: 'cancelled' }), NOW, TODAY).state, 'run-out');
  assert.equal(paymentRow(visit({ status: 'entered-in-error' }), NOW, TODAY).state, 'run-out');
  assert.equal(paymentRow(visit(), NOW, TODAY).state, 'booked');
});

test('the result says when to check in and until when the hospital will call', () => {
  const row = resultRow(visit({ needs_confirmation: true, confirm_by: '2026-11-23T18:00:00+08:00' }), TODAY);
  assert.deepEqual([row.number, row.confirmBy, row.checkInOpens], [4, '11月23日 明天 18:00', '11月24日 后天 08:00']);
});

test('a patient is known by name, relationship and masked document', () => {
  const patient = { id: 2, name: '王小明', relationship_label: '本人', document_number: '1101**********001X' };
  assert.deepEqual(patientChoice(patient), { id: 2, name: '王小明', note: '本人 · 1101**********001X' });
  assert.equal(patientChoice({ ...patient, document_number: '' }).note, '本人');
});
