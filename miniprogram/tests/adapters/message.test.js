import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';

import { messageRow, pageOf } from '../../adapters/message.js';
import { NOW, TODAY } from './rows.js';

const message = (changes = {}) => ({
  id: 1, kind: 'booked', kind_label: '预约成功', text: '预约成功。', at: '2026-11-22T09:00:00+08:00', deadline: null, hospital: 'first',
  read_at: null, appointment: null, waitlist_entry: null, appeal: null, review: null, ...changes,
});

test('each subject leads to a page that the app has', () => {
  const app = JSON.parse(fs.readFileSync(new URL('../../app.json', import.meta.url), 'utf8'));
  const pages = app.subPackages.flatMap(({ root, pages: ofPackage }) => ofPackage.map((page) => `/${root}/${page}`));
  const led = [{ appointment: '26112200AAAAAAAA' }, { waitlist_entry: 11 }, { appeal: 4 }, { review: 9 }].map((about) => pageOf(message(about)));
  assert.deepEqual(led.map((address) => address.split('?')[1]), ['code=26112200AAAAAAAA', 'id=11', 'id=4', 'hospital=first']);
  for (const address of led) assert.ok(pages.includes(address.split('?')[0]), address);
  assert.equal(pageOf(message()), '');
});

test('a deadline is told while something can still be done', () => {
  const offered = message({ kind: 'offered', kind_label: '候补到号', deadline: '2026-11-22T12:00:00+08:00' });
  assert.equal(messageRow(offered, NOW, TODAY).deadline, '请在 11月22日 今天 12:00 前处理');
  assert.equal(messageRow(offered, NOW + 7_200_000, TODAY).deadline, '');
  assert.equal(messageRow(message(), NOW, TODAY).deadline, '');
});

test('kinds that are not known yet are shown all the same', () => {
  const row = messageRow(message({ kind: 'something-new', kind_label: '新消息' }), NOW, TODAY);
  assert.deepEqual([row.kind, row.icon, row.at, row.isNew], ['新消息', 'file', '11月22日 今天 09:00', true]);
  assert.equal(messageRow(message({ read_at: '2026-11-22T09:30:00+08:00' }), NOW, TODAY).isNew, false);
});
