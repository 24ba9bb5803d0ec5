/**
 * Identity documents as they are typed: the kinds of WS 364 CV02.01.101, and what a number must look like (GB 11643 for a citizen's).
 * The server decides; this tells of a slip while the person still looks at the document.
 */
/** @type {{code: string, name: string, hint: string, pattern?: RegExp, rule?: string}[]} */
export const DOCUMENTS = [
  { code: '01', name: '居民身份证', hint: '18 位身份证号' },
  { code: '02', name: '居民户口簿', hint: '户口簿上的 18 位公民身份号码', pattern: /^[0-9A-Z]{6,17}$/, rule: '18 位公民身份号码，或 6 至 17 位户口簿编号' },
  { code: '03', name: '护照', hint: '护照号码', pattern: /^(?=.*\d)[0-9A-Z]{5,12}$/, rule: '5 至 12 位字母或数字' },
  { code: '06', name: '港澳居民来往内地通行证', hint: 'H 或 M 开头的号码', pattern: /^[HM]\d{8}(\d{2})?$/, rule: 'H 或 M 开头，后接 8 或 10 位数字' },
  { code: '07', name: '台湾居民来往内地通行证', hint: '8 位数字', pattern: /^\d{8}(\d{2}(\(?[A-Z]\)?)?)?$/, rule: '8 位数字（旧证为 10 位数字，可带字母）' },
  { code: '04', name: '军官证', hint: '如“军字第1234567号”', pattern: /^[\u4e00-\u9fff]{1,4}\d{4,8}号?$/, rule: '汉字开头，后接 4 至 8 位数字' },
  { code: '05', name: '驾驶证', hint: '18 位证号', pattern: /^\d{12}$/, rule: '18 位证号，或 12 位档案编号' },
  { code: '99', name: '其他法定有效证件', hint: '证件号码', pattern: /^(?=.*\d)[0-9A-Z\u4e00-\u9fff()/.-]{4,30}$/, rule: '4 至 30 位字母、数字或汉字' },
];
/** A citizen's number stands on these, too, and tells the same. */
const CARRY_RESIDENT_NUMBER = ['01', '02', '05'];
const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECK_CHARACTERS = '10X98765432';

/** @param {string} text as typed @returns {string} without spaces and full-width characters, in capitals */
export function normalisedNumber(text) {
  return text.normalize('NFKC').replace(/\s/g, '').toUpperCase();
}

/** @param {string} first17 @returns {string} the 18th character, by ISO 7064 MOD 11-2 */
export function checkCharacter(first17) {
  return CHECK_CHARACTERS[WEIGHTS.reduce((total, weight, place) => total + weight * Number(first17[place]), 0) % 11];
}

/**
 * The date is judged before the check character: a slip in it breaks both, and the date is what the person can see.
 *
 * @param {string} number normalised @param {string} today
 * @returns {{problem: string} | {problem: '', birthDate: string, sex: 'male' | 'female'}}
 */
export function readResidentId(number, today) {
  if (number.length !== 18) return { problem: `身份证号应为 18 位，现在是 ${number.length} 位。` };
  if (!/^\d{17}[\dX]$/.test(number)) return { problem: '身份证号前 17 位应为数字，最后一位应为数字或 X。' };
  const birthDate = `${number.slice(6, 10)}-${number.slice(10, 12)}-${number.slice(12, 14)}`;
  if (!isDate(birthDate)) return { problem: '身份证号中的出生日期不存在，请检查。' };
  if (birthDate > today) return { problem: '身份证号中的出生日期晚于今天，请检查。' };
  if (checkCharacter(number) !== number[17]) return { problem: '身份证号校验码错误，请检查是否输错。' };
  return { problem: '', birthDate, sex: Number(number[16]) % 2 ? 'male' : 'female' };
}

/**
 * @param {string} code of DOCUMENTS @param {string} text as typed @param {string} today
 * @returns {{number: string, problem: string, birthDate?: string, sex?: 'male' | 'female'}} what the number says of its holder, if it does
 */
export function readDocument(code, text, today) {
  const number = normalisedNumber(text);
  if (!number) return { number, problem: '请填写证件号码。' };
  const isResidentNumber = code === '01' || (CARRY_RESIDENT_NUMBER.includes(code) && number.length === 18);
  if (isResidentNumber) return { number, ...readResidentId(number, today) };
  const document = DOCUMENTS.find((each) => each.code === code);
  if (!document?.pattern?.test(number)) return { number, problem: `${document?.name}号码应为${document?.rule}。` };
  return { number, problem: '' };
}

function isDate(text) {
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().slice(0, 10) === text;
}
