import { readDocument } from './document.js';

export const RELATIONSHIPS = [
  { code: 'self', name: '本人' },
  { code: 'parent', name: '父母' },
  { code: 'child', name: '子女' },
  { code: 'spouse', name: '配偶' },
  { code: 'other', name: '其他' },
];
export const SEXES = [{ code: 'male', name: '男' }, { code: 'female', name: '女' }];
/** Personal Information Protection Law, art. 31: below it a parent consents separately. */
const MINOR_UNDER_YEARS = 14;
/** From this age on everybody has a document. */
const CARD_COMPULSORY_YEARS = 16;
const ADULT_YEARS = 18;
/** The choice of somebody who has none. */
export const NO_DOCUMENT = 'none';

/** @param {string} birthDate @param {string} today @returns {number} full years */
export function ageOn(birthDate, today) {
  return Number(today.slice(0, 4)) - Number(birthDate.slice(0, 4)) - (today.slice(5) < birthDate.slice(5) ? 1 : 0);
}

/** @param {string} birthDate @param {string} today @returns {string} `34 岁`; months below two years, as doctors count */
export function ageText(birthDate, today) {
  const years = ageOn(birthDate, today);
  if (years >= 2) return `${years} 岁`;
  const [[year, month, day], [thisYear, thisMonth, thisDay]] = [birthDate, today].map((date) => date.split('-').map(Number));
  const months = (thisYear - year) * 12 + thisMonth - month - (thisDay < day ? 1 : 0);
  return months > 0 ? `${months} 个月` : '未满月';
}

/** @param {any} patient of GET /patients @param {string} today */
export function patientRow(patient, today) {
  const sex = SEXES.find((each) => each.code === patient.sex)?.name;
  return {
    id: patient.id,
    name: patient.name,
    relationship: patient.relationship_label,
    relationshipCode: patient.relationship,
    person: [sex, patient.birth_date && ageText(patient.birth_date, today)].filter(Boolean).join(' · '),
    document: documentText(patient),
    phone: patient.phone || '未填写',
    birthDate: patient.birth_date ?? '',
    hasDocument: Boolean(patient.document_number),
  };
}

function documentText(patient) {
  if (patient.document_number) return `${patient.document_type_label} ${patient.document_number}`;
  return patient.guardian ? '无证件，随监护人登记' : '未登记证件';
}

/** @param {any[]} patients @param {string} today @returns {{id: number, name: string}[]} who may stand in for a child */
export function guardiansAmong(patients, today) {
  return patients
    .filter((each) => each.document_number && each.birth_date && ageOn(each.birth_date, today) >= ADULT_YEARS)
    .map(({ id, name }) => ({ id, name }));
}

/**
 * @typedef {object} Form
 * @property {string} name
 * @property {string} documentType a code, or NO_DOCUMENT
 * @property {string} documentNumber
 * @property {string} sex
 * @property {string} birthDate
 * @property {string} phone
 * @property {string} relationship
 * @property {number | null} guardian
 * @property {string[]} consents kinds that are ticked
 * @property {boolean} hasPrivacy whether the account has agreed to the privacy policy in force
 */

/** @param {{birthDate: string, hasPrivacy: boolean}} form @param {string} today @returns {string[]} the kinds that have to be agreed to */
export function requiredConsents({ birthDate, hasPrivacy }, today) {
  const isMinor = birthDate !== '' && ageOn(birthDate, today) < MINOR_UNDER_YEARS;
  return [...(hasPrivacy ? [] : ['privacy']), 'health-data', ...(isMinor ? ['minor-data'] : [])];
}

/** @param {Form} form @param {string} today @returns {Record<string, string>} what is wrong, by field; empty where nothing is */
export function problemsOf(form, today) {
  /** @type {Record<string, string>} */
  const problems = { ...problemsOfDocument(form, today) };
  if (!form.name.trim()) problems.name = '请填写姓名，须与证件一致。';
  if (!form.relationship) problems.relationship = '请选择与您的关系。';
  if (!form.sex) problems.sex ??= '请选择性别。';
  if (!form.birthDate) problems.birth_date ??= '请选择出生日期。';
  if (form.phone && !/^1[3-9]\d{9}$/.test(form.phone.replace(/[\s-]/g, ''))) problems.phone = '手机号应为 11 位数字，请检查。';
  const missing = requiredConsents(form, today).some((kind) => !form.consents.includes(kind));
  if (missing) problems.consents = '请阅读并勾选同意后再保存。';
  return problems;
}

/** @returns {Record<string, string>} */
function problemsOfDocument(form, today) {
  if (form.documentType !== NO_DOCUMENT) {
    const { problem } = readDocument(form.documentType, form.documentNumber, today);
    return problem ? { document_number: problem } : {};
  }
  /** @type {Record<string, string>} */
  const problems = {};
  if (form.guardian === null) problems.guardian = '请选择监护人。';
  const isTooOld = form.birthDate && ageOn(form.birthDate, today) >= CARD_COMPULSORY_YEARS;
  if (isTooOld) problems.birth_date = `年满 ${CARD_COMPULSORY_YEARS} 周岁须使用本人的证件。`;
  return problems;
}

/** @param {Form} form @param {string} version of the texts that were read @returns {import('../services/patients.js').NewPatient} */
export function newPatientOf(form, version) {
  const common = {
    name: form.name.trim(), relationship: form.relationship, consent_version: version,
    // The privacy policy is agreed to for the account, by a request of its own.
    consents: form.consents.filter((kind) => kind !== 'privacy'),
    sex: form.sex, birth_date: form.birthDate, ...(form.phone ? { phone: form.phone } : {}),
  };
  if (form.documentType === NO_DOCUMENT) return { ...common, guardian: form.guardian ?? undefined };
  return { ...common, document_type: form.documentType, document_number: form.documentNumber };
}

/** Where the API names no field, by the code of its refusal. */
const FIELD_OF = {
  'name-invalid': 'name', 'phone-invalid': 'phone', 'self-already-added': 'relationship', 'patient-already-added': 'document_number',
  'patient-details-disagree': 'name', 'consent-missing': 'consents',
};

/**
 * @param {{code: string, message: string, detail?: any}} error
 * @returns {Record<string, string>} the API's sentence under the field that it is about; under `form` where it is about none
 */
export function fieldErrors({ code, message, detail = {} }) {
  if (code === 'invalid' && !('non_field_errors' in detail) && Object.keys(detail).length) {
    return Object.fromEntries(Object.entries(detail).map(([name, sentences]) => [name, [sentences].flat().join('')]));
  }
  const field = detail.field ?? FIELD_OF[code] ?? 'form';
  return { [field]: message };
}
