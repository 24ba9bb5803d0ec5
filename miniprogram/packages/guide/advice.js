import { ALARMS } from './knowledge/alarms.js';
import { personOf } from './knowledge/people.js';
import { SUBJECTS } from './knowledge/subjects.js';
import { SYMPTOMS } from './knowledge/symptoms.js';

/** More departments than these leave a person where they began. */
const MOST_SUBJECTS = 3;
/** As many can be chosen; with more, everything is likely and nothing is. */
export const MOST_SYMPTOMS = 5;

/** @typedef {import('./knowledge/people.js').Who} Who */

/** @param {{only?: Who[]}} about @param {Who} who */
const concerns = ({ only }, who) => !only || only.includes(who);

/** @param {string} part @param {Who} who */
export function symptomsOf(part, who) {
  return SYMPTOMS.filter((symptom) => symptom.parts.includes(part) && concerns(symptom, who));
}

/** @param {string} part @param {Who} who @returns {import('./knowledge/alarms.js').Alarm[]} those of the part before those of every part */
export function alarmsOf(part, who) {
  const own = ALARMS.filter((alarm) => alarm.parts.includes(part) && concerns(alarm, who));
  return [...own, ...ALARMS.filter(({ parts }) => parts.includes('any'))];
}

/** @param {string[]} keys @returns {import('./knowledge/alarms.js').Alarm[]} */
export function alarmsNamed(keys) {
  return ALARMS.filter(({ key }) => keys.includes(key));
}

/** @param {string[]} keys @param {Who} who @returns {import('./knowledge/symptoms.js').Symptom[]} */
export function symptomsNamed(keys, who) {
  return SYMPTOMS.filter((symptom) => keys.includes(symptom.key) && concerns(symptom, who));
}

/** @param {import('./knowledge/symptoms.js').Symptom} symptom @param {Who} who @returns {string[]} codes, the likeliest first */
export function leadsOf(symptom, who) {
  const { home } = personOf(who);
  if (!home) return symptom.leads;
  const own = who === 'child' ? (symptom.child ?? []) : (symptom.pregnant ?? symptom.leads);
  return own.includes(home) ? own : [...own, home];
}

/**
 * Which departments fit, best first: each symptom speaks for its first subject the most.
 *
 * @param {string[]} keys of symptoms @param {Who} who
 * @returns {{code: string, name: string, reason: string, isFirst: boolean}[]} none without symptoms; `isFirst` where it is before the rest,
 * and not one of several that fit alike
 */
export function adviceFor(keys, who) {
  const symptoms = symptomsNamed(keys, who);
  /** @type {Map<string, {weight: number, names: string[]}>} */
  const votes = new Map();
  for (const symptom of symptoms) {
    leadsOf(symptom, who).forEach((code, place) => {
      const vote = votes.get(code) ?? { weight: 0, names: [] };
      votes.set(code, { weight: vote.weight + Math.max(1, 3 - place), names: [...vote.names, symptom.name] });
    });
  }
  const weight = (code) => votes.get(code)?.weight ?? 0;
  const ranked = [...votes.keys()].sort((one, other) => weight(other) - weight(one));
  return withHome(ranked, personOf(who).home).map((code) => ({
    code,
    name: SUBJECTS[code].name,
    isFirst: ranked.length > 1 && code === ranked[0] && weight(code) > weight(ranked[1]),
    reason: `您选了「${votes.get(code)?.names.join('」「')}」，${SUBJECTS[code].name}看${SUBJECTS[code].sees}。`,
  }));
}

/** @param {string[]} ranked @param {string} home @returns {string[]} the first few, and `home` among them */
function withHome(ranked, home) {
  const first = ranked.slice(0, MOST_SUBJECTS);
  if (!home || ranked.length === 0 || first.includes(home)) return first;
  return [...first.slice(0, MOST_SUBJECTS - 1), home];
}
