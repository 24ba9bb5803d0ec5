import { refusalRow } from './booking.js';
import { countdown, dayText, instantText, span } from './day.js';
import { fee } from './money.js';

const TAGS = { waiting: 'tag-brand', offered: 'tag-warning', 'ran-out': 'tag-danger', accepted: 'tag-brand' };

/** What came of a place that has ended, and what to do now. */
const ENDS = {
  accepted: '候补成功，号源已为您预约。',
  declined: '您放弃了派出的号源，需要时可以重新候补或改约其他时间。',
  'ran-out': '号源没有在截止时间前确认，已派给下一位。需要时可以重新候补或改约其他时间。',
  left: '您已退出候补。',
  cleared: '到截止时间没有候补到号源，候补已结束，不收取任何费用。您可以看看其他时间。',
  cancelled: '这一场已停诊或关闭，候补随之结束，不收取任何费用。您可以看看其他时间。',
};

/**
 * What the page of joining shows.
 *
 * @param {any} session @param {any} waitlist both of GET /waitlist/sessions/{id}/page @param {string} today
 */
export function joinRow(session, waitlist, today) {
  const { doctor } = session;
  return {
    facts: [
      { name: '科室', value: session.department.name },
      { name: '医生', value: doctor ? `${doctor.name} ${doctor.title_label}` : '普通号（由当日出诊医生接诊）' },
      { name: '时间', value: `${dayText(session.visit_date, today)} ${session.period_label}` },
      { name: '挂号费', value: `${fee(session.fee_fen)}${session.fee_fen ? '，候补到号后支付' : ''}` },
      { name: '现在候补', value: waitlist.length ? `${waitlist.length} 人` : '还没有人，您是第一位' },
    ],
    terms: termsOf(session, waitlist, today),
    isOpen: waitlist.is_open,
    refusals: waitlist.reasons.filter((reason) => reason.code !== 'seats-are-left').map((reason) => refusalRow(reason)),
    // Seats came back while the person was on the way here: that is told as the good news that it is.
    hasSeats: waitlist.reasons.some((reason) => reason.code === 'seats-are-left'),
  };
}

function termsOf(session, waitlist, today) {
  const accept = session.fee_fen ? '支付挂号费' : '确认接受';
  return [
    '有人退号时，按加入候补的先后顺序派号；就诊时段以派到的号源为准。',
    `派到您时，号源先为您保留，请在通知的截止时间前${accept}，逾期会派给下一位。`,
    `候补截至 ${instantText(waitlist.clears_at, today)}，到时没有候补到会自动结束。`,
    '候补期间不收取费用，可以随时退出。',
  ];
}

/** @param {any} entry of GET /waitlist @param {number} now @param {string} today */
export function entryRow(entry, now, today) {
  return {
    id: entry.id,
    who: entry.doctor_name ? `${entry.department_name} · ${entry.doctor_name}` : `${entry.department_name} · 普通号`,
    day: dayText(entry.visit_date, today),
    time: entry.period_label,
    hospital: entry.hospital_name,
    patient: entry.patient_name,
    status: entry.state_label,
    tag: TAGS[entry.state] ?? '',
    next: nextOf(entry, now, today),
  };
}

function nextOf(entry, now, today) {
  if (entry.state === 'waiting') return `排在第 ${entry.position} 位，共 ${entry.length} 人候补`;
  if (isOffered(entry, now)) return `号源为您保留，请在 ${instantText(entry.offer.answer_by, today)} 前${entry.offer.fee_fen ? '支付' : '确认'}`;
  return '';
}

function isOffered(entry, now) {
  return entry.state === 'offered' && now < Date.parse(entry.offer.answer_by);
}

/** @param {any} entry of GET /waitlist/{id} @param {number} now @param {string} today */
export function entryDetail(entry, now, today) {
  const isWaiting = entry.state === 'waiting';
  return {
    ...entryRow(entry, now, today),
    state: entry.state,
    session: entry.session,
    isWaiting,
    isOver: !isWaiting && entry.state !== 'offered',
    position: entry.position,
    ahead: entry.position === 1 ? '下一个退号就派给您' : `前面还有 ${entry.position - 1} 位`,
    facts: [
      { name: '就诊人', value: entry.patient_name },
      { name: '医院', value: entry.hospital_name },
      { name: '科室', value: entry.department_name },
      { name: '医生', value: entry.doctor_name ?? '普通号' },
      { name: '时间', value: `${dayText(entry.visit_date, today)} ${span(entry.starts_at, entry.ends_at)}` },
      { name: '挂号费', value: fee(entry.fee_fen) },
    ],
    course: courseOf(entry, today),
    skips: entry.skips.map((skip) => ({ id: `${skip.code}${skip.at}`, at: instantText(skip.at, today), reason: skip.reason })),
    offer: offerRow(entry, now, today),
    end: ENDS[entry.state] ?? '',
    accepted: entry.state === 'accepted' ? entry.offer.appointment : '',
  };
}

function courseOf(entry, today) {
  const facts = [{ name: '加入时间', value: instantText(entry.joined_at, today) }];
  if (entry.state === 'waiting') facts.push({ name: '候补截止', value: instantText(entry.clears_at, today) });
  facts.push({ name: '其间退号', value: entry.seats_returned ? `${entry.seats_returned} 个` : '还没有' });
  // A place ends with its offer, whatever comes of that.
  if (entry.ended_at) facts.push({ name: entry.offer ? '派号时间' : '结束时间', value: instantText(entry.ended_at, today) });
  return facts;
}

function offerRow(entry, now, today) {
  if (entry.state !== 'offered') return null;
  const { offer } = entry;
  const seconds = (Date.parse(offer.answer_by) - now) / 1000;
  return {
    appointment: offer.appointment,
    when: offer.starts_at ? `${dayText(entry.visit_date, today)} ${span(offer.starts_at, offer.ends_at)}` : '',
    isFree: offer.fee_fen === 0,
    fee: fee(offer.fee_fen),
    isOpen: seconds > 0,
    left: countdown(seconds),
    until: instantText(offer.answer_by, today),
  };
}
