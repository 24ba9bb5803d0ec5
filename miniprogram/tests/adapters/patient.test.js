import assert from 'node:assert/strict';
import { test } from 'node:test';

import { checkCharacter, normalisedNumber, readDocument, readResidentId } from '../../adapters/document.js';
import {
  NO_DOCUMENT, ageText, fieldErrors, guardiansAmong, newPatientOf, patientRow, problemsOf, requiredConsents,
} from '../../adapters/patient.js';

const TODAY = '2026-11-22';

test('the check character follows from the other seventeen, as the standard’s own example has it', () => {
  assert.equal(checkCharacter('11010519491231002'), 'X');
  assert.deepEqual(readResidentId('11010519491231002X', TODAY), { problem: '', birthDate: '1949-12-31', sex: 'female' });
});

test('every single slip in a citizen’s number is found', () => {
  const number = '11010519491231002X';
  const slips = [...number.slice(0, 17)].flatMap((right, place) =>
    [...'0123456789'].filter((digit) => digit !== right).map((digit) => number.slice(0, place) + digit + number.slice(place + 1)),
  );
  assert.equal(slips.length, 153);
  for (const slip of slips) assert.notEqual(readResidentId(slip, TODAY).problem, '', slip);
});

test('what is wrong with a citizen’s number is said in its own words', () => {
  const told = (number) => readResidentId(number, TODAY).problem;
  assert.match(told('110105'), /应为 18 位，现在是 6 位/);
  assert.match(told('1101051949123100AX'), /前 17 位应为数字/);
  assert.match(told('110105194902300028'), /出生日期不存在/);
  assert.match(told('110105202612310022'), /晚于今天/);
  assert.match(told('110105194912310021'), /校验码错误/);
});

test('numbers are taken as people type them', () => {
  assert.equal(normalisedNumber(' １１０105 19491231 002x '), '11010519491231002X');
  assert.equal(readDocument('01', '110105 19491231 002x', TODAY).problem, '');
});

test('a citizen’s number on a household register or a driving licence is read as such, other numbers by their own form', () => {
  assert.equal(readDocument('02', '11010519491231002X', TODAY).birthDate, '1949-12-31');
  assert.equal(readDocument('05', '110105194912310021', TODAY).problem, '身份证号校验码错误，请检查是否输错。');
  const right = [['02', 'A123456'], ['03', 'E12345678'], ['04', '军字第1234567号'], ['05', '310012345678'], ['06', 'H12345678'], ['07', '12345678'], ['99', '外A-12345']];
  for (const [code, number] of right) assert.deepEqual(readDocument(code, number, TODAY), { number, problem: '' });
  const wrong = [['03', '12'], ['04', '1234567'], ['06', 'K12345678'], ['07', '123'], ['99', '甲乙丙丁'], ['01', '']];
  for (const [code, number] of wrong) assert.notEqual(readDocument(code, number, TODAY).problem, '', `${code} ${number}`);
});

test('ages are told in years, and in months below two', () => {
  assert.deepEqual(
    ['1990-11-22', '1990-11-23', '2024-11-22', '2025-10-23', '2026-11-01'].map((born) => ageText(born, TODAY)),
    ['36 岁', '35 岁', '2 岁', '12 个月', '未满月'],
  );
});

test('under fourteen a second consent is needed', () => {
  const required = (birthDate, hasPrivacy = true) => requiredConsents({ birthDate, hasPrivacy }, TODAY);
  assert.deepEqual(required('2012-11-23'), ['health-data', 'minor-data']);
  assert.deepEqual(required('2012-11-22'), ['health-data']);
  assert.deepEqual(required('', false), ['privacy', 'health-data']);
});

const adult = {
  name: ' 周小舟 ', documentType: '01', documentNumber: '11010519491231002X', sex: 'female', birthDate: '1949-12-31', phone: '',
  relationship: 'self', guardian: null, consents: ['health-data'], hasPrivacy: true,
};
const child = {
  ...adult, documentType: NO_DOCUMENT, documentNumber: '', birthDate: '2020-05-01', relationship: 'child', guardian: 7,
  consents: ['health-data', 'minor-data'],
};

test('a form is sent when nothing is wrong with it', () => {
  assert.deepEqual([problemsOf(adult, TODAY), problemsOf(child, TODAY)], [{}, {}]);
  assert.deepEqual(newPatientOf(adult, '2026-11'), {
    name: '周小舟', relationship: 'self', consents: ['health-data'], consent_version: '2026-11', sex: 'female', birth_date: '1949-12-31',
    document_type: '01', document_number: '11010519491231002X',
  });
  const sent = newPatientOf({ ...child, consents: ['privacy', ...child.consents], phone: '13800138000' }, '2026-11');
  assert.deepEqual([sent.guardian, sent.phone, 'document_type' in sent], [7, '13800138000', false]);
  assert.deepEqual(sent.consents, ['health-data', 'minor-data']);
});

test('each field has its own sentence', () => {
  const empty = { ...adult, name: ' ', documentNumber: '', sex: '', birthDate: '', relationship: '', phone: '123', consents: [] };
  assert.deepEqual(Object.keys(problemsOf(empty, TODAY)).sort(), ['birth_date', 'consents', 'document_number', 'name', 'phone', 'relationship', 'sex']);
  assert.deepEqual(Object.keys(problemsOf({ ...child, guardian: null, birthDate: '2010-01-01' }, TODAY)).sort(), ['birth_date', 'guardian']);
  assert.deepEqual(Object.keys(problemsOf({ ...child, consents: ['health-data'] }, TODAY)), ['consents']);
});

test('the API’s sentences come under the field that they are about', () => {
  assert.deepEqual(fieldErrors({ code: 'invalid', message: 'x', detail: { sex: ['请从所列选项中选择。'] } }), { sex: '请从所列选项中选择。' });
  assert.deepEqual(fieldErrors({ code: 'ward-too-old', message: '年满', detail: { field: 'birth_date', years: 16 } }), { birth_date: '年满' });
  assert.deepEqual(fieldErrors({ code: 'self-already-added', message: '已有', detail: {} }), { relationship: '已有' });
  assert.deepEqual(fieldErrors({ code: 'patient-limit', message: '最多', detail: { limit: 5 } }), { form: '最多' });
  assert.deepEqual(fieldErrors({ code: 'offline', message: '网络' }), { form: '网络' });
});

test('a patient is shown with age, masked document and what is missing in words', () => {
  const row = patientRow({
    id: 3, name: '周小舟', sex: 'female', birth_date: '1949-12-31', document_type_label: '居民身份证', document_number: '110***********002X',
    phone: '', relationship: 'self', relationship_label: '本人',
  }, TODAY);
  assert.deepEqual([row.person, row.document, row.phone], ['女 · 76 岁', '居民身份证 110***********002X', '未填写']);
  const ward = patientRow({ id: 4, name: '小舟', sex: 'male', birth_date: '2020-05-01', document_number: '', phone: '', guardian: 3 }, TODAY);
  assert.equal(ward.document, '无证件，随监护人登记');
  assert.equal(patientRow({ id: 5, document_number: '', guardian: null }, TODAY).document, '未登记证件');
  assert.deepEqual(guardiansAmong([{ id: 1, name: '甲', document_number: 'x', birth_date: '1990-01-01' }, { id: 2, name: '乙', document_number: '', birth_date: '1990-01-01' }, { id: 3, name: '丙', document_number: 'x', birth_date: '2010-01-01' }], TODAY), [{ id: 1, name: '甲' }]);
});
