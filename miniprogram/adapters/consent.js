import { dateOf, monthDay } from './day.js';

/** What is agreed to, as it is called where it is read. */
export const CONSENT_NAMES = {
  privacy: '隐私政策',
  'health-data': '健康信息处理同意书',
  'minor-data': '未满十四周岁未成年人信息处理同意书',
};
/** What it means to take a consent back, to be read before. */
const WITHDRAWING = {
  privacy: '撤回后，您仍可查看已有的预约；再次添加就诊人时需要重新同意。',
  'health-data': '撤回后，将不能再为这位就诊人预约；已有的预约不受影响，可以照常就诊或取消。',
  'minor-data': '撤回后，将不能再为这位儿童预约；已有的预约不受影响，可以照常就诊或取消。',
};

/**
 * @param {any[]} consents of GET /consents @param {any[]} patients of GET /patients
 * @returns {{given: ReturnType<typeof consentRow>[], withdrawn: ReturnType<typeof consentRow>[]}}
 */
export function consentGroups(consents, patients) {
  const rows = consents.map((each) => consentRow(each, patients));
  return { given: rows.filter((row) => !row.isWithdrawn), withdrawn: rows.filter((row) => row.isWithdrawn) };
}

/** @param {any} consent @param {any[]} patients */
export function consentRow(consent, patients) {
  const patient = patients.find((each) => each.id === consent.patient);
  return {
    id: consent.id,
    kind: consent.kind,
    name: CONSENT_NAMES[consent.kind] ?? consent.kind_label,
    for: consent.patient === null ? '本账户' : (patient?.name ?? '已移除的就诊人'),
    version: consent.version,
    given: `${longDay(consent.given_at)}同意`,
    withdrawn: consent.withdrawn_at ? `${longDay(consent.withdrawn_at)}撤回` : '',
    isWithdrawn: Boolean(consent.withdrawn_at),
    meaning: WITHDRAWING[consent.kind] ?? '',
  };
}

/**
 * What is not agreed to now: never given, withdrawn, or given to an older text.
 *
 * @param {any[]} consents @param {any[]} patients @param {string} version in force
 * @param {(patient: any) => string[]} required the kinds that a patient needs
 * @returns {{key: string, kind: string, patient: number | null, name: string, for: string}[]}
 */
export function missingConsents(consents, patients, version, required) {
  const stands = (kind, patient) =>
    consents.some((each) => each.kind === kind && each.patient === patient && each.version === version && !each.withdrawn_at);
  const row = (kind, patient, name) => ({ key: `${kind}-${patient}`, kind, patient, name: CONSENT_NAMES[kind], for: name });
  const ofAccount = patients.length > 0 && !stands('privacy', null) ? [row('privacy', null, '本账户')] : [];
  const ofPatients = patients.flatMap((patient) =>
    required(patient).filter((kind) => !stands(kind, patient.id)).map((kind) => row(kind, patient.id, patient.name)),
  );
  return [...ofAccount, ...ofPatients];
}

/** @param {string} instant @returns {string} `2026年11月22日` */
function longDay(instant) {
  const date = dateOf(instant);
  return `${date.slice(0, 4)}年${monthDay(date)}`;
}
