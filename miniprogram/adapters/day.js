/**
 * Days and times as the API gives them, in words. An instant comes with the hospital's offset, and is told on the hospital's own
 * clock, wherever the phone is: the digits in the text are what is shown.
 */
const WEEKDAYS = ['周日', '周一', '周二', '周三', '周四', '周五', '周六'];
const DAY_MS = 86_400_000;
const INSTANT = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})/;

/** @param {string} instant ISO 8601 with an offset @returns {string} `2026-11-24` */
export function dateOf(instant) {
  return partsOf(instant)[0];
}

/** @param {string} instant ISO 8601 with an offset @returns {string} `08:30` */
export function clockOf(instant) {
  return partsOf(instant)[1];
}

/** @param {string} start @param {string} end instants of one day @returns {string} `08:30–09:00` */
export function span(start, end) {
  return `${clockOf(start)}–${clockOf(end)}`;
}

/** @param {string} date `2026-11-24` @returns {string} `11月24日` */
export function monthDay(date) {
  const [, month, day] = date.split('-').map(Number);
  return `${month}月${day}日`;
}

/** @param {string} date `2026-11-24` @returns {string} `周二` */
export function weekday(date) {
  return WEEKDAYS[new Date(middayOf(date)).getUTCDay()];
}

/**
 * @param {string} date `2026-11-24`
 * @param {string} today the same, at the hospital
 * @returns {string} `今天`, `明天`, `后天`, or the weekday
 */
export function nearDay(date, today) {
  return ['今天', '明天', '后天'][daysBetween(today, date)] ?? weekday(date);
}

/**
 * @param {string} date @param {string} today
 * @returns {string} `11月24日 周二`, with 今天 and the like instead of the weekday; with the year where it is another
 */
export function dayText(date, today) {
  const year = date.slice(0, 4) === today.slice(0, 4) ? '' : `${date.slice(0, 4)}年`;
  return `${year}${monthDay(date)} ${nearDay(date, today)}`;
}

/** @param {string} instant @param {string} today @returns {string} `11月24日 周二 08:30` */
export function instantText(instant, today) {
  return `${dayText(dateOf(instant), today)} ${clockOf(instant)}`;
}

/** @param {string} from `2026-11-24` @param {string} to @returns {number} days from one to the other */
export function daysBetween(from, to) {
  return Math.round((middayOf(to) - middayOf(from)) / DAY_MS);
}

/** @param {string} date @param {number} days @returns {string} the date so many days later */
export function addDays(date, days) {
  return new Date(middayOf(date) + days * DAY_MS).toISOString().slice(0, 10);
}

/**
 * @param {number} now milliseconds, as Date.now()
 * @param {string} like an instant of the hospital, for its offset
 * @returns {string} the date there now
 */
export function todayAt(now, like) {
  const offset = /([+-])(\d{2}):(\d{2})$/.exec(like);
  const minutes = offset ? Number(`${offset[1]}1`) * (Number(offset[2]) * 60 + Number(offset[3])) : 0;
  return new Date(now + minutes * 60_000).toISOString().slice(0, 10);
}

/** @param {number} seconds @returns {string} what is left, `9:05`, or `23:59:05` from an hour on */
export function countdown(seconds) {
  const left = Math.max(0, Math.ceil(seconds));
  const [hours, minutes] = [Math.floor(left / 3600), Math.floor(left / 60) % 60];
  const parts = hours ? [hours, pair(minutes), pair(left % 60)] : [minutes, pair(left % 60)];
  return parts.join(':');
}

/** @returns {[string, string]} */
function partsOf(instant) {
  const found = INSTANT.exec(instant);
  if (!found) throw new TypeError(`not an instant: ${instant}`);
  return [found[1], found[2]];
}

function pair(number) {
  return String(number).padStart(2, '0');
}

function middayOf(date) {
  return Date.parse(`${date}T12:00:00Z`);
}
