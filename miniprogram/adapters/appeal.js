import { dayText, instantText } from './day.js';

export const CAUSES = [
  { code: 'illness', name: '突发疾病' },
  { code: 'bereavement', name: '亲属变故' },
  { code: 'traffic', name: '交通或天气' },
  { code: 'hospital', name: '医院原因' },
  { code: 'record-error', name: '记录有误' },
  { code: 'other', name: '其他' },
];
export const STATEMENT_MAX_LENGTH = 500;
/** The API's limits; a larger picture is refused before it is sent. */
export const PICTURES_MAX = 5;
export const PICTURE_MAX_BYTES = 5 * 1024 * 1024;
const TAGS = { pending: 'tag-warning', upheld: 'tag-brand', 'partly-upheld': 'tag-brand', rejected: 'tag-danger' };
const OUTCOMES = {
  pending: '工作人员会核实您提交的情况，结果会在消息里通知您。',
  upheld: '这次记录已不再计入履约评分，等级会在下次评分后更新。',
  'partly-upheld': '这次记录已改按较轻的情况计入，等级会在下次评分后更新。',
  rejected: '如仍有疑问，可以致电或到医院咨询。',
  withdrawn: '已撤回，图片已删除。截止之前可以重新申诉。',
};
/** A pause is lifted by a decision, not excused. */
const PAUSE_OUTCOMES = { upheld: '预约限制已解除，可以照常预约。', 'partly-upheld': '预约限制已按处理意见调整。' };

/** @param {any} appeal of GET /appeals @param {string} today */
export function appealRow(appeal, today) {
  const isPause = appeal.appointment === null;
  return {
    id: appeal.id,
    subject: isPause ? '对暂停预约的申诉' : `对${dayText(appeal.visit_date, today).split(' ')[0]}预约的申诉`,
    hospital: appeal.hospital_name,
    patient: appeal.patient_name,
    state: appeal.state_label,
    tag: TAGS[appeal.state] ?? '',
    meaning: (isPause && PAUSE_OUTCOMES[appeal.state]) || OUTCOMES[appeal.state],
    cause: appeal.cause_label,
    statement: appeal.statement,
    filed: instantText(appeal.created_at, today),
    decided: appeal.decided_at ? instantText(appeal.decided_at, today) : '',
    decision: appeal.decision,
    appointment: appeal.appointment,
    pictures: appeal.proofs.map(({ id }) => ({ id, path: '' })),
    isPending: appeal.state === 'pending',
    roomForPictures: appeal.state === 'pending' ? Math.max(0, PICTURES_MAX - appeal.proofs.length) : 0,
    facts: factsOf(appeal, today),
  };
}

function factsOf(appeal, today) {
  return [
    { name: '医院', value: appeal.hospital_name },
    { name: '就诊人', value: appeal.patient_name },
    { name: '事由', value: appeal.cause_label },
    { name: '提交时间', value: instantText(appeal.created_at, today) },
  ];
}

/** @param {{cause: string, statement: string}} form @returns {Record<string, string>} what is wrong, by field */
export function problemsOfAppeal({ cause, statement }) {
  return {
    ...(cause ? {} : { cause: '请选择事由。' }),
    ...(statement.trim() ? {} : { statement: `请写下当时的情况，不超过 ${STATEMENT_MAX_LENGTH} 字。` }),
  };
}

/** @param {string} message of the API, which counts the pictures of one request @returns {string} for a picture that is sent by itself */
export function pictureProblem(message) {
  return message.replace(/^第 1 张图片/, '');
}

/** @param {{tempFilePath: string, size: number}[]} files of wx.chooseMedia @param {() => string} newKey */
export function picturesOf(files, newKey) {
  return files.map(({ tempFilePath, size }) => {
    const isTooLarge = size > PICTURE_MAX_BYTES;
    return {
      path: tempFilePath,
      /** Kept while the same picture is tried again, so that it is never added twice. */
      key: newKey(),
      /** `chosen` | `sending` | `sent` | `failed` | `refused` */
      state: isTooLarge ? 'refused' : 'chosen',
      percent: 0,
      problem: isTooLarge ? '超过 5 MB，请换一张' : '',
    };
  });
}
