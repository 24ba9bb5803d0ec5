import { dayText, instantText, monthDay, nearDay, span } from './day.js';
import { fee } from './money.js';

/** How a state looks: `open` can be booked, `warn` with a condition, `wait` by the waitlist, `off` not at all. */
const LOOKS = {
  open: 'open',
  'same-day': 'open',
  extra: 'warn',
  full: 'wait',
  'not-released': 'off',
  'advance-closed': 'off',
  closed: 'off',
  suspended: 'off',
};

/** @param {string | null} state of the API @returns {'open' | 'warn' | 'wait' | 'off'} */
export function lookOf(state) {
  return (state && LOOKS[state]) || 'off';
}

/** @param {any} session @returns {string} what there is to take, in a few words */
export function offerText(session) {
  switch (session.state) {
    case 'open':
    case 'same-day':
      return session.seats_left <= 3 ? `仅剩 ${session.seats_left} 个号` : `余 ${session.seats_left} 个号`;
    case 'extra':
      return `加号余 ${session.seats_left}`;
    case 'full':
      return '约满，可候补';
    default:
      return session.state_label;
  }
}

/**
 * @param {any} session as the API gives it @param {string} today at the hospital
 * @param {import('../services/pages.js').Viewer} [viewer] for whom it was judged
 */
export function sessionRow(session, today, viewer = null) {
  const { doctor } = session;
  return {
    id: session.id,
    doctorId: doctor ? doctor.id : null,
    who: doctor ? doctor.name : `${session.department.name}普通号`,
    title: doctor ? doctor.title_label : '由当日出诊医生接诊',
    kind: session.registration_type.name,
    department: session.department.name,
    fee: fee(session.fee_fen),
    date: session.visit_date,
    day: dayText(session.visit_date, today),
    period: session.period_label,
    when: `${dayText(session.visit_date, today)} ${session.period_label}`,
    hours: span(session.starts_at, session.ends_at),
    room: session.room,
    isHot: session.is_hot,
    state: session.state,
    look: lookOf(session.state),
    offer: offerText(session),
    note: releaseNote(session, today),
    // Why it is closed to the patient who looks, though others may book it.
    lock: viewer?.closed.find((closed) => closed.session === session.id)?.message ?? '',
    canOpen: ['open', 'same-day', 'extra', 'full', 'not-released'].includes(session.state),
  };
}

/** @returns {string} when a session that is not out yet comes, with what tiers get earlier */
function releaseNote(session, today) {
  if (session.state !== 'not-released') return '';
  const early = ['A', 'B']
    .filter((tier) => session.early_release[tier])
    .map((tier) => `${tier} 级 ${instantText(session.early_release[tier], today)}`);
  return [`${instantText(session.releases_at, today)} 放号`, ...early].join('；');
}

/**
 * @param {any} session @param {{name: string, tier_label: string} | null} viewer for whom it was judged
 * @param {number} now milliseconds @param {string} today
 * @returns {string} why the session can be booked already, before it is out for everyone; nothing where it is
 */
export function earlyNote(session, viewer, now, today) {
  if (viewer === null || session.state !== 'open' || Date.parse(session.releases_at) <= now) return '';
  const forAll = instantText(session.releases_at, today);
  return `${viewer.name}在本院为 ${viewer.tier_label}，可以提前预约这一场；${forAll} 起向所有人放号。`;
}

/** @param {any} slot @param {any} session */
export function slotRow(slot, session) {
  const isOpen = slot.seats_left > 0 && ['open', 'same-day', 'extra'].includes(session.state);
  return {
    id: slot.id,
    time: span(slot.starts_at, slot.ends_at),
    isOpen,
    isExtra: session.state === 'extra',
    left: isOpen ? `余 ${slot.seats_left}` : '已满',
  };
}

/** @param {{visit_date: string, state: string | null, state_label: string}} day @param {string} today */
export function dayRow(day, today) {
  return {
    date: day.visit_date,
    name: nearDay(day.visit_date, today),
    number: monthDay(day.visit_date),
    look: day.state ? lookOf(day.state) : 'none',
    state: day.state ? shortState(day) : '无号',
  };
}

/**
 * The days of a department with only these sessions on them.
 *
 * @param {any[]} days of the API @param {{date: string}[]} sessions @param {string} today
 */
export function daysWith(days, sessions, today) {
  const dates = new Set(sessions.map(({ date }) => date));
  return days.map((day) => (dates.has(day.visit_date) ? dayRow(day, today) : dayRow({ ...day, state: null }, today)));
}

function shortState(day) {
  return { open: '有号', 'same-day': '有号', extra: '加号', full: '约满', 'advance-closed': '截止' }[day.state] ?? day.state_label;
}
