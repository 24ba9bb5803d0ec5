import { dayText, instantText, span } from './day.js';
import { fee, yuan } from './money.js';

/** What to do about a refusal, by its code: the words of a link, and the page that it leads to. */
const WAYS_OUT = {
  'hot-not-open-to-tier': { text: '查看我的履约等级', url: '/packages/standing/index/index' },
  'lead-too-short': { text: '查看我的履约等级', url: '/packages/standing/index/index' },
  'booking-paused': { text: '查看原因和申诉', url: '/packages/standing/index/index' },
  'slot-full': { text: '选择其他时段', url: '/packages/booking/slots/index' },
  'session-full': { text: '加入候补', url: '/packages/waitlist/join/index' },
  'already-booked': { text: '查看我的预约', url: '/pages/visits/index', isTab: true },
  'waitlist-places-used': { text: '查看我的候补', url: '/packages/waitlist/list/index' },
  'health-consent-missing': { text: '去补充同意', url: '/packages/account/consents/index' },
};

/** Those whose page is that of the session that was wanted. */
const OF_A_SESSION = ['slot-full', 'session-full'];

/**
 * @param {{code: string, message: string}} reason @param {number} [session] that was wanted
 * @returns {{message: string, wayOut: any}}
 */
export function refusalRow(reason, session) {
  const wayOut = WAYS_OUT[reason.code] ?? null;
  if (!OF_A_SESSION.includes(reason.code)) return { message: reason.message, wayOut };
  return { message: reason.message, wayOut: session ? { ...wayOut, url: `${wayOut.url}?session=${session}` } : null };
}

/** @param {any} found of GET /slots/{id} @param {string} today */
export function confirmRow(found, today) {
  const { session, slot, hospital } = found;
  const doctor = session.doctor ? `${session.doctor.name} ${session.doctor.title_label}` : '普通号（由当日出诊医生接诊）';
  return {
    facts: [
      { name: '医院', value: hospital.name },
      { name: '科室', value: session.department.name },
      { name: '医生', value: doctor },
      { name: '时间', value: `${dayText(session.visit_date, today)} ${span(slot.starts_at, slot.ends_at)}` },
      { name: '地点', value: session.room || '以医院现场指引为准' },
      { name: '号别', value: `${session.registration_type.name}${session.channel === 'extra' ? '（加号）' : ''}` },
    ],
    fee: fee(session.fee_fen),
    isFree: session.fee_fen === 0,
    terms: found.terms,
    isOpen: session.channel !== null && slot.seats_left > 0,
    sessionId: session.id,
    refusals: found.chance ? found.chance.reasons.map((reason) => refusalRow(reason, session.id)) : [],
    isBookable: found.chance ? found.chance.is_bookable : false,
  };
}

/** @param {any} patient of GET /patients */
export function patientChoice(patient) {
  return { id: patient.id, name: patient.name, note: [patient.relationship_label, patient.document_number].filter(Boolean).join(' · ') };
}

/**
 * How a booking stands while it is paid.
 *
 * @param {any} appointment @param {number} now milliseconds @param {string} today
 */
export function paymentRow(appointment, now, today) {
  const seconds = appointment.hold_expires_at ? (Date.parse(appointment.hold_expires_at) - now) / 1000 : 0;
  return {
    code: appointment.code,
    state: stateOf(appointment, seconds),
    amount: yuan(appointment.fee_fen),
    seconds: Math.max(0, seconds),
    facts: factsOf(appointment, today),
    session: appointment.session,
    // Of a move: the booking before it stands until this one is paid.
    movedFrom: appointment.moved_from ?? '',
  };
}

/** @param {any} appointment @param {string} today */
export function factsOf(appointment, today) {
  return [
    { name: '就诊人', value: appointment.patient_name },
    { name: '医院', value: appointment.hospital_name },
    { name: '科室', value: appointment.department_name },
    { name: '医生', value: appointment.doctor_name ?? '普通号' },
    { name: '时间', value: `${dayText(appointment.visit_date, today)} ${span(appointment.starts_at, appointment.ends_at)}` },
    { name: '地点', value: appointment.room || '以医院现场指引为准' },
  ];
}

/** @param {any} appointment @param {string} today */
export function resultRow(appointment, today) {
  return {
    code: appointment.code,
    number: appointment.number,
    facts: factsOf(appointment, today),
    needsConfirmation: appointment.needs_confirmation,
    confirmBy: appointment.confirm_by ? instantText(appointment.confirm_by, today) : '',
    checkInOpens: appointment.check_in_opens_at ? instantText(appointment.check_in_opens_at, today) : '',
  };
}

function stateOf(appointment, seconds) {
  if (appointment.status === 'pending') return seconds > 0 ? 'to-pay' : 'run-out';
  if (appointment.status === 'cancelled' || appointment.status === 'entered-in-error') return 'run-out';
  return 'booked';
}
