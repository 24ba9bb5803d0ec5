import assert from 'node:assert/strict';
import { test } from 'node:test';

import { mineRow } from '../../adapters/home.js';
import { NOW, TODAY, visit } from './rows.js';

const today = () => TODAY;
const due = (code, step, text = '', until = null, changes = {}) => ({ appointment: visit({ code, ...changes }), next: { step, text, until } });
const mine = (changes = {}) => ({ visits: [], urgent: [], coming: 0, waiting: 0, unread_messages: 0, ...changes });

test('nobody signed in, nothing of anybody’s own', () => {
  assert.deepEqual(mineRow(null, NOW, today), { visits: [], more: '', waiting: '', unread: '' });
  assert.deepEqual(mineRow(mine(), NOW, today), { visits: [], more: '', waiting: '', unread: '' });
});

test('what loses its seat comes first, each once, and the rest is counted', () => {
  const urgent = due('URGENT', 'pay', '请在截止前完成支付', '2026-11-22T10:10:00+08:00', { status: 'pending' });
  const row = mineRow(mine({ visits: [due('NEXT', 'come', '请按时就诊'), urgent, due('LATER', 'come')], urgent: [urgent], coming: 3 }), NOW, today);
  assert.deepEqual(row.visits.map(({ code, toPay }) => [code, toPay]), [['URGENT', true], ['NEXT', false]]);
  assert.deepEqual(row.visits.map(({ next }) => next), ['请在截止前完成支付（11月22日 今天 10:10 前）', '']);
  assert.equal(row.more, '全部 3 个预约');
});

test('waits and messages are told where there are any', () => {
  const row = mineRow(mine({ waiting: 1, unread_messages: 2 }), NOW, today);
  assert.deepEqual([row.waiting, row.unread], ['候补中 1 个', '2 条新消息']);
});
