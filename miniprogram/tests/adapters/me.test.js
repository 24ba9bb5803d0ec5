import assert from 'node:assert/strict';
import { test } from 'node:test';

import { accountRow, hospitalsShown, standingEntry } from '../../adapters/me.js';
import { exportRow, textOf } from '../../adapters/personal_data.js';

test('an account without a phone says what one is for', () => {
  assert.deepEqual(accountRow({ has_phone: true, phone: '139****9000' }).title, '139****9000');
  assert.match(accountRow({ has_phone: false, phone: '' }).note, /绑定手机号/);
});

test('the hospitals last looked at come first, and no more than there is room for', () => {
  const hospitals = ['a', 'b', 'c', 'd'].map((code) => ({ code, name: code.toUpperCase() }));
  assert.deepEqual(hospitalsShown(hospitals, ['d', 'gone', 'b']).map(({ code }) => code), ['d', 'b', 'a']);
  assert.deepEqual(hospitalsShown(hospitals, []).map(({ code }) => code), ['a', 'b', 'c']);
});

test('a standing in a row: tier, score, and whether booking is paused', () => {
  const hospital = { code: 'a', name: 'A' };
  assert.deepEqual(standingEntry(hospital, { tier: 'B', score: '86.67', restricted_until: null }), { ...hospital, tier: 'B', score: '86.7 分', note: '' });
  assert.deepEqual(standingEntry(hospital, { tier: 'D', score: '60.00', restricted_until: 'x' }).note, '在线预约暂停中');
  assert.deepEqual(standingEntry(hospital, null).score, '暂无评分');
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
