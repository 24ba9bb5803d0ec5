import assert from 'node:assert/strict';
import { test } from 'node:test';

import { accountRow, entriesOf, standingEntry } from '../../adapters/me.js';
import { exportRow, textOf } from '../../adapters/personal_data.js';

test('an account without a phone says what one is for', () => {
  assert.deepEqual(accountRow({ has_phone: true, phone: '139****9000' }).title, '139****9000');
  assert.match(accountRow({ has_phone: false, phone: '' }).note, /绑定手机号/);
});

test('a standing in a row: tier, score, what can be used, and whether booking is paused', () => {
  const standing = { hospital: 'a', hospital_name: 'A', tier: 'B', tier_label: 'B 级', score: '86.67', is_paused: false, perks: 2 };
  assert.deepEqual(standingEntry(standing), { code: 'a', name: 'A', tier: 'B', about: '86.7 分 · 2 项权益可用', note: '' });
  assert.deepEqual(standingEntry({ ...standing, is_paused: true, perks: 0 }), { code: 'a', name: 'A', tier: 'B', about: '86.7 分', note: '在线预约暂停中' });
  assert.equal(standingEntry({ ...standing, score: null, perks: 0 }).about, '暂无评分');
});

test('entries tell what waits behind them, and only what is new stands out', () => {
  const notes = (waiting, unread, appeals) =>
    entriesOf({ waiting, unread_messages: unread, open_appeals: appeals }).map(({ note, isMarked }) => [note, isMarked]);
  assert.deepEqual(notes(0, 0, 0), [['', false], ['', false], ['', false]]);
  assert.deepEqual(notes(1, 3, 2), [['候补中 1 个', false], ['3 条未读', true], ['2 项处理中', false]]);
});

test('an export is read part by part, with Chinese names of the fields', () => {
  const exported = {
    exported_at: '2026-11-22T09:00:00+08:00',
    parts: [
      { name: 'patients', title: '就诊人', labels: { name: '姓名', phone: '电话', is_main: '主要' }, rows: [{ name: '周小舟', phone: '', is_main: true }, { name: '小舟', phone: null, is_main: false }] },
      { name: 'messages', title: '消息', labels: { text: '内容' }, rows: [] },
    ],
  };
  assert.equal(textOf(exported), `约诊个人数据
导出时间：2026-11-22T09:00:00+08:00


【就诊人】
姓名：周小舟
电话：未填写
主要：是

姓名：小舟
电话：未填写
主要：否


【消息】
没有`);
  assert.deepEqual(exportRow(exported, '2026-11-22').parts.map(({ count, isEmpty }) => [count, isEmpty]), [['2 条', false], ['0 条', true]]);
  assert.equal(exportRow(exported, '2026-11-22').at, '11月22日 今天 09:00');
});
