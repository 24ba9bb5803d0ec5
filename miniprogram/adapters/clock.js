import { todayAt } from './day.js';

/** Hospitals are in China: where no instant of the hospital is at hand, its offset is this. */
const CHINA = '+08:00';

/** @param {string} [like] an instant of the hospital @returns {string} today's date there */
export function today(like = `2026-01-01T00:00:00${CHINA}`) {
  return todayAt(Date.now(), like);
}
