import { WOMEN } from './people.js';

/**
 * Parts of the body. `sides` are those of the figure on which it can be tapped; one without sides concerns all of the body, or none.
 *
 * @typedef {{key: string, name: string, sides: ('front' | 'back')[], only?: import('./people.js').Who[]}} Part
 */

/** @type {Part[]} */
export const PARTS = [
  { key: 'head', name: '头部', sides: ['front', 'back'] },
  { key: 'eye', name: '眼睛', sides: ['front'] },
  { key: 'ear', name: '耳朵', sides: ['front'] },
  { key: 'nose', name: '鼻子', sides: ['front'] },
  { key: 'mouth', name: '口腔、牙齿', sides: ['front'] },
  { key: 'throat', name: '咽喉', sides: ['front'] },
  { key: 'neck', name: '颈部', sides: ['front', 'back'] },
  { key: 'chest', name: '胸部', sides: ['front'] },
  { key: 'breast', name: '乳房', sides: ['front'], only: WOMEN },
  { key: 'belly', name: '腹部', sides: ['front'] },
  { key: 'pelvis', name: '小腹、泌尿生殖', sides: ['front'] },
  { key: 'back', name: '背部', sides: ['back'] },
  { key: 'waist', name: '腰部', sides: ['back'] },
  { key: 'seat', name: '臀部、肛门', sides: ['back'] },
  { key: 'arm', name: '肩、手臂、手', sides: ['front', 'back'] },
  { key: 'leg', name: '腿、膝、脚', sides: ['front', 'back'] },
  { key: 'pregnancy', name: '怀孕与产后', sides: [], only: ['pregnant'] },
  { key: 'growth', name: '生长发育、保健', sides: [], only: ['child'] },
  { key: 'skin', name: '皮肤', sides: [] },
  { key: 'whole', name: '全身不适', sides: [] },
  { key: 'mind', name: '情绪与睡眠', sides: [] },
];

/** @param {import('./people.js').Who} who @returns {Part[]} */
export function partsOf(who) {
  return PARTS.filter(({ only }) => !only || only.includes(who));
}

/** @param {string | undefined} key @param {import('./people.js').Who} who @returns {Part} the whole body where it is not known */
export function partOf(key, who) {
  const parts = partsOf(who);
  return parts.find((part) => part.key === key) ?? /** @type {Part} */ (parts.find((part) => part.key === 'whole'));
}
