import { instantText } from './day.js';
import { visitRow } from './visit.js';

/** What asks for nothing needs no line of its own on the card. */
const QUIET = ['none', 'come'];
const SHOWN = 2;

/**
 * What the person has to do and where they go next: what loses a seat first, then the nearest visits.
 *
 * @param {any | null} mine of GET /home @param {number} now @param {(like: string) => string} today at the place of an instant
 */
export function mineRow(mine, now, today) {
  if (mine === null) return { visits: [], more: '', waiting: '', unread: '' };
  const codes = new Set(mine.urgent.map((visit) => visit.appointment.code));
  const shown = [...mine.urgent, ...mine.visits.filter((visit) => !codes.has(visit.appointment.code))].slice(0, SHOWN);
  return {
    visits: shown.map(({ appointment, next }) => cardOf(appointment, next, now, today(appointment.starts_at))),
    more: mine.coming > shown.length ? `全部 ${mine.coming} 个预约` : '',
    waiting: mine.waiting ? `候补中 ${mine.waiting} 个` : '',
    unread: mine.unread_messages ? `${mine.unread_messages} 条新消息` : '',
  };
}

function cardOf(appointment, next, now, today) {
  const until = next.until && next.step !== 'check-in' ? `（${instantText(next.until, today)} 前）` : '';
  return { ...visitRow(appointment, now, today), next: QUIET.includes(next.step) ? '' : `${next.text}${until}` };
}
