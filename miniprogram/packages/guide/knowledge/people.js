/**
 * For whom a department is looked for. `ages` and `sex` are what the API leaves departments out by; `home` is the subject that has to be
 * among the advice, because it takes all of them: paediatrics for a child, obstetrics for whoever expects one.
 *
 * @typedef {'woman' | 'man' | 'pregnant' | 'child'} Who
 * @typedef {{key: Who, name: string, note: string, ages: 'adult' | 'child', sex: '' | 'female' | 'male', home: string}} Person
 */

/** @type {Person[]} */
export const PEOPLE = [
  { key: 'woman', name: '成年女性', note: '14 岁及以上', ages: 'adult', sex: 'female', home: '' },
  { key: 'man', name: '成年男性', note: '14 岁及以上', ages: 'adult', sex: 'male', home: '' },
  { key: 'child', name: '儿童', note: '未满 14 岁', ages: 'child', sex: '', home: '07' },
  { key: 'pregnant', name: '孕产妇', note: '怀孕或产后 6 周内', ages: 'adult', sex: 'female', home: '05.02' },
];

/** @type {Who[]} */
export const ADULTS = ['woman', 'man', 'pregnant'];
/** @type {Who[]} */
export const WOMEN = ['woman', 'pregnant'];

/** @param {string | undefined} key @returns {Person} a woman where it is not known: the page then shows what it took */
export function personOf(key) {
  return PEOPLE.find((person) => person.key === key) ?? PEOPLE[0];
}
