import { instantText } from './day.js';

/** Those that ask for something soon stand out. */
const LOOKS = {
  booked: { icon: 'check-circle', tone: 'brand' },
  cancelled: { icon: 'close-circle', tone: 'muted' },
  reminder: { icon: 'notification', tone: 'brand' },
  suspended: { icon: 'error-circle', tone: 'danger' },
  restored: { icon: 'check-circle', tone: 'brand' },
  offered: { icon: 'gift', tone: 'brand' },
  granted: { icon: 'gift', tone: 'brand' },
  'waitlist-ended': { icon: 'time', tone: 'muted' },
  'to-confirm': { icon: 'call', tone: 'brand' },
  'confirm-lapsed': { icon: 'close-circle', tone: 'muted' },
};
const OTHER = { icon: 'file', tone: 'muted' };

/** @param {any} message @returns {string} the page that it is about, as the message at WeChat leads to; nothing where there is none */
export function pageOf(message) {
  if (message.appointment) return `/packages/visit/detail/index?code=${message.appointment}`;
  if (message.waitlist_entry) return `/packages/waitlist/detail/index?id=${message.waitlist_entry}`;
  if (message.appeal) return `/packages/standing/appeal/index?id=${message.appeal}`;
  if (message.review) return `/packages/standing/index/index?hospital=${message.hospital}`;
  return '';
}

/** @param {any} message of GET /messages @param {number} now @param {string} today */
export function messageRow(message, now, today) {
  return {
    id: message.id,
    ...(LOOKS[message.kind] ?? OTHER),
    kind: message.kind_label,
    text: message.text,
    at: instantText(message.at, today),
    deadline: message.deadline && now < Date.parse(message.deadline) ? `请在 ${instantText(message.deadline, today)} 前处理` : '',
    page: pageOf(message),
    isNew: message.read_at === null,
  };
}
