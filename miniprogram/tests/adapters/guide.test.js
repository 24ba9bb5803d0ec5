import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';

import { adviceFor, alarmsOf, leadsOf, MOST_SYMPTOMS, symptomsOf } from '../../packages/guide/advice.js';
import { ALARMS } from '../../packages/guide/knowledge/alarms.js';
import { PARTS, partOf, partsOf } from '../../packages/guide/knowledge/parts.js';
import { PEOPLE, personOf } from '../../packages/guide/knowledge/people.js';
import { SUBJECTS } from '../../packages/guide/knowledge/subjects.js';
import { SYMPTOMS } from '../../packages/guide/knowledge/symptoms.js';
import { withPlaces } from '../../packages/guide/places.js';

/** The subjects that departments can have, as the backend ships them. */
const shipped = fs.readFileSync(new URL('../../../hospitals/data/clinical_subjects.csv', import.meta.url), 'utf8');
const CODES = new Set(shipped.trim().split('\n').slice(1).map((line) => line.split(',')[0]));
/** Every way through the first two pages. */
const ways = PEOPLE.flatMap(({ key: who }) => partsOf(who).map(({ key: part }) => ({ who, part })));
const codes = (keys, who) => adviceFor(keys, who).map(({ code }) => code);

test('every subject is one that departments can have, and each is led to', () => {
  const led = new Set(SYMPTOMS.flatMap(({ leads, child = [], pregnant = [] }) => [...leads, ...child, ...pregnant]));
  assert.ok(CODES.size > 100);
  assert.deepEqual(Object.keys(SUBJECTS).filter((code) => !CODES.has(code)), []);
  assert.deepEqual([...led].filter((code) => !(code in SUBJECTS)), []);
  assert.deepEqual(Object.keys(SUBJECTS).filter((code) => !led.has(code)), []);
});

test('keys are there once, and every part that is named exists', () => {
  for (const list of [SYMPTOMS, ALARMS, PARTS, PEOPLE]) assert.equal(new Set(list.map(({ key }) => key)).size, list.length);
  const parts = new Set(PARTS.map(({ key }) => key));
  assert.deepEqual(SYMPTOMS.flatMap((symptom) => symptom.parts).filter((part) => !parts.has(part)), []);
  assert.deepEqual(ALARMS.flatMap((alarm) => alarm.parts).filter((part) => part !== 'any' && !parts.has(part)), []);
});

test('nowhere is a dead end: each part has symptoms, and each symptom leads on for whoever can choose it', () => {
  for (const { who, part } of ways) {
    const symptoms = symptomsOf(part, who);
    assert.ok(symptoms.length > 0, `${who} ${part}`);
    for (const { key } of symptoms) {
      const advice = adviceFor([key], who);
      assert.ok(advice.length >= 1 && advice.length <= 3, `${who} ${key}`);
      for (const { name, reason } of advice) assert.match(reason, new RegExp(`^您选了「.+」，${name}看[^。]+。$`));
    }
  }
});

test('each symptom and each alarm can be come to by somebody', () => {
  const reached = (of) => new Set(ways.flatMap(({ who, part }) => of(part, who).map(({ key }) => key)));
  assert.equal(reached(symptomsOf).size, SYMPTOMS.length);
  assert.equal(reached(alarmsOf).size, ALARMS.length);
});

test('a child is led to paediatrics, whatever is chosen; whoever expects one to obstetrics', () => {
  for (const { who, part } of ways) {
    const { home } = personOf(who);
    if (!home) continue;
    const keys = symptomsOf(part, who).map(({ key }) => key);
    for (let first = 0; first < keys.length; first += 1) {
      const chosen = [...keys.slice(first), ...keys].slice(0, MOST_SYMPTOMS);
      for (let many = 1; many <= chosen.length; many += 1) assert.ok(codes(chosen.slice(0, many), who).includes(home), `${who} ${chosen}`);
    }
  }
});

test('no adult is led to paediatrics, no man to gynaecology, no child to a department for adults alone', () => {
  const led = (who) => new Set(SYMPTOMS.filter(({ only }) => !only || only.includes(who)).flatMap((symptom) => leadsOf(symptom, who)));
  const childish = (code) => /^0[789]/.test(code);
  for (const who of ['woman', 'man', 'pregnant']) assert.deepEqual([...led(who)].filter(childish), [], who);
  assert.deepEqual([...led('man')].filter((code) => /^05\.0[12]|^06/.test(code)), []);
  assert.deepEqual([...led('child')].filter((code) => /^05|^06|^03\.10|^03\.0[1-8]/.test(code)), []);
});

test('what must not wait is asked before all else, of the part first, and of everyone', () => {
  for (const { who, part } of ways) {
    const keys = alarmsOf(part, who).map(({ key }) => key);
    assert.deepEqual(keys.slice(-3), ['breathless', 'unconscious', 'bleeding'], `${who} ${part}`);
  }
  const has = (part, who, key) => alarmsOf(part, who).some((alarm) => alarm.key === key);
  assert.ok(has('chest', 'man', 'heart') && has('chest', 'pregnant', 'heart'));
  for (const { key: who } of PEOPLE) assert.ok(has('head', who, 'stroke') && has('arm', who, 'stroke'), who);
  assert.ok(has('whole', 'child', 'small-fever') && !has('whole', 'woman', 'small-fever'));
  assert.ok(has('pelvis', 'woman', 'ectopic') && has('pregnancy', 'pregnant', 'birth') && has('pelvis', 'child', 'scrotum'));
  assert.deepEqual(ALARMS.find(({ key }) => key === 'self-harm')?.line, { number: '12356', name: '心理援助热线' });
});

test('several symptoms speak together, and a reason names those that speak for it', () => {
  assert.deepEqual(codes(['palpitation', 'tight-chest', 'cough'], 'man'), ['03.04', '03.01']);
  const [heart, lungs] = adviceFor(['palpitation', 'tight-chest', 'cough'], 'man');
  assert.equal(heart.reason, '您选了「偶尔胸闷，很快缓解」「心慌、心跳不齐」，心血管内科看心慌、胸闷和血压等心血管方面的问题。');
  assert.match(lungs.reason, /^您选了「咳嗽、咳痰」「偶尔胸闷，很快缓解」，/);
  assert.deepEqual([heart.isFirst, lungs.isFirst], [true, false]);
  assert.deepEqual(adviceFor(['palpitation', 'cough'], 'man').map(({ isFirst }) => isFirst), [false, false]);
  assert.deepEqual(codes(['cough'], 'child'), ['07']);
  assert.deepEqual(codes(['toothache'], 'child'), ['12', '07']);
  assert.deepEqual(codes(['headache'], 'pregnant'), ['05.02', '03.03']);
});

test('places are those of the same subject, the own hospital is named, and what is missing is said', () => {
  const place = (id, hospital, metres) => ({ id, name: '眼科', location: '', minimum_age: null, maximum_age: 13, sex_limit: '', hospital: { code: hospital, name: `${hospital}医院` }, distance_metres: metres });
  const advice = adviceFor(['glasses', 'toothache'], 'woman');
  const [eyes, teeth] = withPlaces(advice, [{ code: '12', departments: [] }, { code: '10', departments: [place(1, 'a', null), place(2, 'b', 2430)] }], 'a');
  assert.deepEqual([eyes.code, eyes.isElsewhere, teeth.code, teeth.places, teeth.isElsewhere], ['10', false, '12', [], false]);
  assert.deepEqual(eyes.places, [
    { id: 1, name: '眼科', note: '13 岁及以下', hospital: 'a', hospitalName: 'a医院', distance: '', isOwn: true },
    { id: 2, name: '眼科', note: '13 岁及以下', hospital: 'b', hospitalName: 'b医院', distance: '2.4 公里', isOwn: false },
  ]);
  const from = (own) => withPlaces(advice, [{ code: '10', departments: [place(2, 'b', 2430)] }], own)[0].isElsewhere;
  assert.deepEqual([from('a'), from('b'), from('')], [true, false, false]);
});

test('what nobody could have chosen is passed over', () => {
  assert.deepEqual(adviceFor([], 'man'), []);
  assert.deepEqual(adviceFor(['period', 'none'], 'man'), []);
  assert.equal(personOf('nobody').key, 'woman');
  assert.equal(partOf('breast', 'man').key, 'whole');
  assert.equal(partOf(undefined, 'child').key, 'whole');
});
