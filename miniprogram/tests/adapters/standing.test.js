import assert from 'node:assert/strict';
import { test } from 'node:test';

import { appealRow, pictureProblem, picturesOf, problemsOfAppeal } from '../../adapters/appeal.js';
import { consentGroups, missingConsents } from '../../adapters/consent.js';
import { entitlementGroups } from '../../adapters/entitlement.js';
import { pastRow, standingRow } from '../../adapters/standing.js';

const TODAY = '2026-11-22';
const part = (name, count, points, full) => ({ name, name_label: name, count, points, full_points: full, sentence: `${name}。` });
const standing = {
  as_of: '2026-11-22', total: 18, score: '66.67', tier: 'D', tier_label: 'D 级', explanation: '共 18 次预约。',
  parts: [part('fulfilled', 8, '17.78', '40.00'), part('missed', 9, '10.00', '20.00')],
  terms: { tier_a_from: '90.00', tier_b_from: '80.00', tier_c_from: '70.00', formula: '公式。', window: '一年。' },
  way: '再按时就诊 2 次，可升为 C 级。', steps: [{ sentence: '两次' }, { sentence: '十二次' }], privileges: [], limits: [],
  entitlements: [{ sentence: '免费改约 1 次。' }], fairness: '公平。', review: { can_ask: true, latest: null },
  restriction: {
    id: 18, ends_at: '2027-04-18T00:00:00+08:00', missed_count: 6,
    appeal: { can_appeal: true, until: '2026-11-29T12:18:50+08:00', id: null, state: null, state_label: null },
  },
  early_cancellations: { count: 0, limit: 3, resets_at: '2026-12-01T00:00:00+08:00' },
  misses: { count: 9, limit: 3, severe_limit: 6, window_days: 365 },
};

test('a standing is told in plain words and shares of a whole', () => {
  const row = standingRow(standing, TODAY);
  assert.deepEqual([row.score, row.share, row.counted], ['66.67', 66.67, '最近一年 18 次预约，今天更新']);
  assert.deepEqual(row.parts.map(({ points, share, count }) => [points, share, count]), [['17.78 / 40 分', 44, '8 次'], ['10 / 20 分', 50, '9 次']]);
  assert.deepEqual(row.ladder.map(({ range }) => range), ['90 分起', '80 分起', '70 分起', '不到 70 分']);
  assert.deepEqual(row.ladder.filter((each) => each.isHeld).map(({ tier }) => tier), ['D']);
  // The next step is the way itself.
  assert.deepEqual([row.steps, row.entitlements], [['十二次'], ['免费改约 1 次。']]);
  assert.deepEqual(row.counters, [
    '本月已取消 0 次，达到 3 次后当月暂停在线预约，12月1日重新计数。',
    '最近一年内失约 9 次，达到 3 次暂停在线预约，达到 6 次暂停更久。',
  ]);
});

test('a pause says until when, and where to appeal', () => {
  const row = standingRow(standing, TODAY);
  assert.equal(row.restriction.until, '2027年4月18日 周日 00:00');
  assert.deepEqual(row.restriction.appeal, { url: '/packages/standing/appeal/index?restriction=18', text: '我要申诉（11月29日 周日 12:18 前）' });
  const with_ = (appeal) => standingRow({ ...standing, restriction: { ...standing.restriction, appeal } }, TODAY).restriction.appeal;
  assert.deepEqual(with_({ can_appeal: false, id: 5, until: null, state_label: '待处理' }), { url: '/packages/standing/appeal/index?id=5', text: '查看申诉（待处理）' });
  assert.equal(with_({ can_appeal: false, id: null, until: '2026-11-01T00:00:00+08:00' }), null);
});

test('who has no score yet is not told a zero', () => {
  const row = standingRow({ ...standing, as_of: null, total: 0, score: null, tier: 'unrated', parts: [], restriction: null }, TODAY);
  assert.deepEqual([row.score, row.share, row.counted, row.restriction], ['', 0, '还没有计入评分的就诊', null]);
  assert.equal(row.ladder.some((each) => each.isHeld), false);
});

test('no limit means no counter', () => {
  const free = { ...standing, early_cancellations: { count: 2, limit: null, resets_at: '2026-12-01T00:00:00+08:00' }, misses: { count: 1, limit: null } };
  assert.deepEqual(standingRow(free, TODAY).counters, []);
});

test('a review shows its answer, and can be taken back while it waits and is one’s own', () => {
  const latest = { id: 3, state: 'pending', state_label: '待复核', tier_label: 'D 级', asked_at: '2026-11-20T09:00:00+08:00', reason: '记录不对', answer: '', decided_at: null };
  const reviewed = (changes) => standingRow({ ...standing, review: { can_ask: false, latest: { ...latest, ...changes } } }, TODAY).review;
  const told = [reviewed({}), reviewed({ id: null, reason: null })].map(({ canAsk, latest: { canWithdraw } }) => [canAsk, canWithdraw]);
  assert.deepEqual(told, [[false, true], [false, false]]);
  assert.equal(reviewed({ state: 'confirmed', decided_at: '2026-11-21T10:00:00+08:00' }).latest.decided, '11月21日 周六 10:00 答复');
});

test('past standings name their days without weekdays', () => {
  const row = pastRow({ id: 1, tier: 'B', held_from: '2025-12-30T02:00:00+08:00', held_until: '2026-03-01T02:00:00+08:00', score: '80.50', total: 4, fulfilled: 3, unattended: 0, cancelled: 1, missed: 0 }, TODAY);
  assert.deepEqual([row.span, row.score, row.counts], ['2025年12月30日 至 3月1日', '80.5 分', '共 4 次：履约 3，未到 0，取消 1，失约 0']);
});

test('entitlements are split into what can be used and what is over, with the code as it is read out', () => {
  const of = (id, state, code) => ({ id, name: '洁牙 9 折券', tier: 'A', state, state_label: state, code, sentence: '。' });
  const { usable, over } = entitlementGroups([of(1, 'available', 'ABCD1234EFGH5678'), of(2, 'paused', null), of(3, 'used', null), of(4, 'expired', null)]);
  assert.deepEqual([usable.map(({ id }) => id), over.map(({ id }) => id)], [[1, 2], [3, 4]]);
  assert.deepEqual(usable.map(({ code }) => code), ['ABCD 1234 EFGH 5678', '']);
});

const appeal = {
  id: 5, appointment: null, restriction: 18, hospital_name: '云栖市第一人民医院', patient_name: '杨*涵', cause_label: '突发疾病', statement: '住院', created_at: '2026-11-22T08:00:00+08:00',
  state: 'pending', state_label: '待处理', decided_at: null, decision: '', proofs: [{ id: 1 }, { id: 2 }],
};

test('an appeal says what comes next', () => {
  const row = appealRow(appeal, TODAY);
  assert.deepEqual([row.subject, row.roomForPictures, row.filed], ['对暂停预约的申诉', 3, '11月22日 今天 08:00']);
  assert.match(row.meaning, /消息里通知您/);
  const upheld = { ...appeal, state: 'upheld', decided_at: '2026-11-22T09:00:00+08:00' };
  assert.match(appealRow(upheld, TODAY).meaning, /限制已解除/);
  const ofVisit = appealRow({ ...upheld, appointment: 'X', visit_date: '2026-11-20' }, TODAY);
  assert.match(ofVisit.meaning, /不再计入/);
  assert.equal(ofVisit.subject, '对11月20日预约的申诉');
  assert.equal(appealRow(upheld, TODAY).roomForPictures, 0);
});

test('an appeal without cause or words is not sent, nor is too large a picture', () => {
  assert.deepEqual(Object.keys(problemsOfAppeal({ cause: '', statement: '  ' })), ['cause', 'statement']);
  assert.deepEqual(problemsOfAppeal({ cause: 'illness', statement: '住院' }), {});
  let keys = 0;
  const pictures = picturesOf([{ tempFilePath: 'a', size: 5 * 1024 * 1024 }, { tempFilePath: 'b', size: 5 * 1024 * 1024 + 1 }], () => `key-${++keys}`);
  assert.deepEqual(pictures.map(({ state, key }) => [state, key]), [['chosen', 'key-1'], ['refused', 'key-2']]);
  assert.equal(pictureProblem('第 1 张图片是空文件，请重新选择。'), '是空文件，请重新选择。');
});

test('consents are told with whom they are for, and what is missing is found', () => {
  const patients = [{ id: 3, name: '周小舟', birth_date: '1990-01-01' }];
  const given = { id: 1, kind: 'health-data', kind_label: '', version: '2026-11', patient: 3, given_at: '2026-11-22T08:00:00+08:00', withdrawn_at: null };
  const rows = consentGroups([given, { ...given, id: 2, patient: 9, withdrawn_at: '2026-11-23T08:00:00+08:00' }, { ...given, id: 3, kind: 'privacy', patient: null }], patients);
  assert.deepEqual(rows.given.map((row) => row.for), ['周小舟', '本账户']);
  assert.deepEqual(rows.withdrawn.map((row) => [row.for, row.withdrawn]), [['已移除的就诊人', '2026年11月23日撤回']]);
  const required = () => ['health-data'];
  const privacy = { ...given, id: 3, kind: 'privacy', patient: null };
  const missing = (consents, version) => missingConsents(consents, patients, version, required).map((each) => each.for);
  assert.deepEqual(missing([given, privacy], '2026-11'), []);
  assert.deepEqual(missing([given, privacy], '2027-01'), ['本账户', '周小舟']);
  assert.deepEqual(missing([{ ...given, withdrawn_at: given.given_at }, privacy], '2026-11'), ['周小舟']);
  assert.deepEqual(missingConsents([], [], '2026-11', required), []);
});
