import { factsOf } from './booking.js';
import { dayText, instantText, span } from './day.js';
import { yuan } from './money.js';

const LIVE = ['pending', 'booked', 'arrived', 'checked-in'];

/** @param {any} visit @returns {string} the class of the tag that shows its state */
function tagOf(visit) {
  if (visit.is_suspended && LIVE.includes(visit.status)) return 'tag-danger';
  return { pending: 'tag-warning', booked: 'tag-brand', arrived: 'tag-brand', 'checked-in': 'tag-brand', noshow: 'tag-danger' }[visit.status] ?? '';
}

/** @param {any} visit @param {number} now @returns {string} what there is to do next, in a few words */
export function nextThing(visit, now) {
  if (!LIVE.includes(visit.status)) return '';
  if (visit.is_suspended) return '医生停诊，请选择替诊、改期或退款';
  if (visit.status === 'pending') return visit.fee_fen ? '请在保留时间内完成支付' : '号源为您保留，请确认接受';
  if (visit.status === 'checked-in') return '已签到，点开查看候诊位置';
  if (visit.needs_confirmation && !visit.confirmed_at) return '等待医院电话确认';
  if (visit.check_in_opens_at && now >= Date.parse(visit.check_in_opens_at)) return '可以签到了';
  return '';
}

/** @returns {string} how it stands, as a patient would say it; what does not count against anybody is not named by its accounting */
function statusOf(visit) {
  if (LIVE.includes(visit.status)) return visit.is_suspended ? '停诊' : visit.status_label;
  if (visit.moved_to) return '已改期';
  if (['unattended', 'missed'].includes(visit.outcome)) return visit.outcome_label;
  return visit.status_label;
}

/** @param {any} visit of GET /appointments @param {number} now @param {string} today */
export function visitRow(visit, now, today) {
  return {
    code: visit.code,
    who: visit.doctor_name ? `${visit.department_name} · ${visit.doctor_name}` : `${visit.department_name} · 普通号`,
    when: `${dayText(visit.visit_date, today)} ${span(visit.starts_at, visit.ends_at)}`,
    day: dayText(visit.visit_date, today),
    time: span(visit.starts_at, visit.ends_at),
    hospital: visit.hospital_name,
    patient: visit.patient_name,
    status: statusOf(visit),
    tag: tagOf(visit),
    next: nextThing(visit, now),
    toPay: visit.status === 'pending' && visit.fee_fen > 0,
  };
}

/** @param {any} visit of GET /appointments/{code} @param {number} now @param {string} today */
export function detailRow(visit, now, today) {
  const row = visitRow(visit, now, today);
  const isLive = LIVE.includes(visit.status);
  const choosing = isLive && visit.is_suspended && visit.suspension && !visit.suspension.choice;
  return {
    ...row,
    number: visit.number,
    room: visit.room,
    facts: [...factsOf(visit, today), { name: '号别', value: visit.channel_label }, { name: '预约单号', value: visit.code }],
    money: moneyFacts(visit, today),
    isLive,
    isPending: visit.status === 'pending',
    // Offered by a waitlist or a doctor, and free: the word stands for the payment.
    toAccept: visit.status === 'pending' && visit.fee_fen === 0,
    holdUntil: visit.status === 'pending' && visit.hold_expires_at ? instantText(visit.hold_expires_at, today) : '',
    canCheckIn: visit.status === 'booked' && !visit.is_suspended && isOpen(visit, now),
    checkInOpens: visit.check_in_opens_at ? instantText(visit.check_in_opens_at, today) : '',
    hasCode: visit.status === 'booked' && !visit.is_suspended && isOpen(visit, now),
    isWaiting: visit.status === 'checked-in',
    canChange: visit.status === 'booked' && !visit.is_suspended,
    canMove: visit.status === 'booked' && !visit.is_suspended && isBefore(visit.cancel_deadline, now),
    cancelNote: cancelNote(visit, now, today),
    confirmNote: visit.needs_confirmation && !visit.confirmed_at ? `请留意医院来电，${instantText(visit.confirm_by, today)} 前未能确认的预约会自动取消并退款。` : '',
    suspension: choosing ? suspensionRow(visit.suspension, today) : null,
    chosen: visit.suspension?.choice ? `停诊后您选择了：${visit.suspension.choice_label}` : '',
    appeal: appealRow(visit.appeal, today),
    movedTo: visit.moved_to,
    cancelledWhy: visit.moved_to ? '' : visit.cancel_reason,
    // Whoever looks at one that is over may want another.
    again: isLive ? '' : visit.doctor ? `/packages/booking/doctor/index?id=${visit.doctor}` : `/packages/booking/department/index?id=${visit.department}`,
  };
}

function isOpen(visit, now) {
  return Boolean(visit.check_in_opens_at) && now >= Date.parse(visit.check_in_opens_at);
}

function isBefore(deadline, now) {
  return !deadline || now < Date.parse(deadline);
}

function moneyFacts(visit, today) {
  const order = visit.payment_order;
  if (!order) return visit.fee_fen ? [{ name: '挂号费', value: yuan(visit.fee_fen) }] : [{ name: '挂号费', value: '免费' }];
  const facts = [{ name: '挂号费', value: `${yuan(order.amount_fen)}（${order.state_label}）` }];
  if (order.paid_at) facts.push({ name: '支付时间', value: instantText(order.paid_at, today) });
  if (order.refunded_fen) facts.push({ name: '退款', value: yuan(order.refunded_fen) });
  return facts;
}

/** @returns {string} what cancelling now means, to be read before it is done */
function cancelNote(visit, now, today) {
  const percent = visit.refund_percent_now;
  const back = !visit.fee_fen ? '' : percent === 100 ? '，挂号费全额退回' : percent ? `，退回挂号费的 ${percent}%` : '，挂号费不退';
  if (isBefore(visit.cancel_deadline, now)) {
    const until = visit.cancel_deadline ? `（${instantText(visit.cancel_deadline, today)} 前）` : '';
    return `现在取消${until}不影响履约等级${back}。`;
  }
  return `已过取消截止时间，现在取消将记为“预约未到”${back}。`;
}

function suspensionRow(suspension, today) {
  const { substitute } = suspension;
  return {
    reason: suspension.reason,
    until: instantText(suspension.choose_until, today),
    substitute: substitute && substitute.has_room
      ? `${substitute.doctor_name ?? '同科室医生'} ${substitute.doctor_title ?? ''} ${dayText(substitute.visit_date, today)} ${span(substitute.starts_at, substitute.ends_at)}`
      : '',
  };
}

function appealRow(appeal, today) {
  if (!appeal) return null;
  const until = instantText(appeal.until, today);
  // One that was withdrawn can be filed anew.
  if (appeal.can_appeal) return { id: null, text: `如记录有误，可在 ${until} 前申诉`, canFile: true };
  return appeal.id ? { id: appeal.id, text: `申诉：${appeal.state_label}`, canFile: false } : null;
}

/** @param {any} queue of GET /appointments/{code}/queue */
export function queueRow(queue) {
  const { people_ahead: ahead, wait_minutes_low: low, wait_minutes_high: high } = queue;
  return {
    state: queue.state,
    label: queue.state_label,
    isCalled: queue.state === 'called',
    ahead: ahead === null ? '' : ahead === 0 ? '下一位就是您' : `前面还有 ${ahead} 位`,
    wait: waitText(low, high),
  };
}

function waitText(low, high) {
  if (low === null || low === undefined) return '';
  if (high <= 1) return '马上到您，请在诊室门口等候';
  if (low === 0) return `大约 ${high} 分钟以内`;
  return low === high ? `大约还要 ${low} 分钟` : `大约还要 ${low}–${high} 分钟`;
}
