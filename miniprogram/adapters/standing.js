import { dateOf, dayText, instantText, monthDay } from './day.js';

/** What a tier says of a person, in a word. */
const MEANINGS = { A: '履约很好', B: '履约良好', C: '履约一般', D: '履约较差', unrated: '还没有评级' };
/** From the best to the worst, as a ladder is read from above. */
const TIERS = ['A', 'B', 'C', 'D'];

/** @param {any} standing of GET /standing @param {string} today */
export function standingRow(standing, today) {
  const score = standing.score === null ? null : Number(standing.score);
  return {
    tier: standing.tier,
    tierLabel: standing.tier_label,
    meaning: MEANINGS[standing.tier],
    score: score === null ? '' : trimmed(score),
    /** Of the ring, in percent: the score is of 100. */
    share: score ?? 0,
    counted: countedText(standing, today),
    way: standing.way,
    steps: standing.steps.slice(1).map((step) => step.sentence),
    explanation: standing.explanation,
    parts: standing.parts.map(partRow),
    ladder: ladderOf(standing),
    formula: standing.terms.formula,
    window: standing.terms.window,
    privileges: standing.privileges,
    limits: standing.limits,
    entitlements: standing.entitlements.map((each) => each.sentence),
    fairness: standing.fairness,
    restriction: restrictionRow(standing.restriction, today),
    counters: countersOf(standing, today),
    review: reviewRow(standing.review, today),
  };
}

/** @param {any} part */
function partRow(part) {
  const [points, full] = [Number(part.points), Number(part.full_points)];
  return {
    name: part.name,
    label: part.name_label,
    count: `${part.count} 次`,
    points: `${trimmed(points)} / ${trimmed(full)} 分`,
    share: full ? Math.round((points / full) * 100) : 0,
    sentence: part.sentence,
  };
}

function countedText({ as_of: asOf, total }, today) {
  if (asOf === null || total === 0) return '还没有计入评分的就诊';
  return `最近一年 ${total} 次预约，${asOf === today ? '今天' : monthDay(asOf)}更新`;
}

/** The tiers with the scores that they begin at; the one that is held is marked. */
function ladderOf({ tier, terms }) {
  const from = { A: terms.tier_a_from, B: terms.tier_b_from, C: terms.tier_c_from };
  return TIERS.map((each, place) => ({
    tier: each,
    range: each in from ? `${trimmed(Number(from[each]))} 分起` : `不到 ${trimmed(Number(from[TIERS[place - 1]]))} 分`,
    isHeld: each === tier,
  }));
}

/** @returns {{id: number, until: string, why: string, appeal: {url: string, text: string} | null} | null} */
function restrictionRow(restriction, today) {
  if (restriction === null) return null;
  const { appeal } = restriction;
  return {
    id: restriction.id,
    until: instantText(restriction.ends_at, today),
    why: `因失约 ${restriction.missed_count} 次，在线预约暂停。急诊、电话预约和窗口预约不受影响。`,
    appeal: restrictionAppeal(restriction.id, appeal, today),
  };
}

function restrictionAppeal(id, appeal, today) {
  if (appeal.id !== null) return { url: `/packages/standing/appeal/index?id=${appeal.id}`, text: `查看申诉（${appeal.state_label}）` };
  if (!appeal.can_appeal) return null;
  const until = instantText(appeal.until, today);
  return { url: `/packages/standing/appeal/index?restriction=${id}`, text: `我要申诉（${until} 前）` };
}

/** What counts towards a pause. @returns {string[]} */
function countersOf({ early_cancellations: early, misses }, today) {
  const told = [];
  if (early.limit !== null) {
    const resets = dayText(dateOf(early.resets_at), today).split(' ')[0];
    told.push(`本月已取消 ${early.count} 次，达到 ${early.limit} 次后当月暂停在线预约，${resets}重新计数。`);
  }
  if (misses.limit !== null) {
    const days = misses.window_days === 365 ? '一年' : ` ${misses.window_days} 天`;
    told.push(`最近${days}内失约 ${misses.count} 次，达到 ${misses.limit} 次暂停在线预约${misses.severe_limit ? `，达到 ${misses.severe_limit} 次暂停更久` : ''}。`);
  }
  return told;
}

/** @param {{can_ask: boolean, latest: any}} review @param {string} today */
export function reviewRow({ can_ask: canAsk, latest }, today) {
  if (latest === null) return { canAsk, latest: null };
  return {
    canAsk,
    latest: {
      id: latest.id,
      state: latest.state_label,
      tag: { pending: 'tag-warning', corrected: 'tag-brand' }[latest.state] ?? '',
      asked: `${instantText(latest.asked_at, today)} 申请，当时为 ${latest.tier_label}`,
      reason: latest.reason ?? '',
      answer: latest.answer,
      decided: latest.decided_at ? `${instantText(latest.decided_at, today)} 答复` : '',
      canWithdraw: latest.state === 'pending' && latest.id !== null,
    },
  };
}

/** @param {any} past of GET /standing/history @param {string} today */
export function pastRow(past, today) {
  const day = (instant) => dayText(dateOf(instant), today).split(' ')[0];
  return {
    id: past.id,
    tier: past.tier,
    span: `${day(past.held_from)} 至 ${day(past.held_until)}`,
    score: past.score === null ? '暂无评分' : `${trimmed(Number(past.score))} 分`,
    share: Number(past.score ?? 0),
    counts: `共 ${past.total} 次：履约 ${past.fulfilled}，未到 ${past.unattended}，取消 ${past.cancelled}，失约 ${past.missed}`,
  };
}

/** @returns {string} without zeros that say nothing: `86.5`, `20` */
function trimmed(number) {
  return String(Math.round(number * 100) / 100);
}
