import { screen } from '../../../behaviors/screen.js';
import { EMERGENCY_NUMBER } from '../knowledge/alarms.js';
import { partsOf } from '../knowledge/parts.js';
import { PEOPLE, personOf } from '../knowledge/people.js';

/** What the figure shows of each side; limbs are drawn twice. */
const DRAWN = { front: ['head', 'neck', 'chest', 'belly', 'pelvis', 'arm', 'leg'], back: ['head', 'neck', 'back', 'waist', 'seat', 'arm', 'leg'] };
const WORDS = { head: '头', neck: '颈', chest: '胸', belly: '腹', pelvis: '小腹', back: '背', waist: '腰', seat: '臀', arm: '臂', leg: '腿' };

/** @param {'front' | 'back' | 'list'} view @param {import('../knowledge/people.js').Who} who */
function choicesOf(view, who) {
  const parts = partsOf(who);
  const others = parts.filter(({ sides }) => sides.length === 0);
  if (view === 'list') return { regions: [], beside: [], listed: parts.filter(({ sides }) => sides.length > 0), others };
  const drawn = DRAWN[view];
  const regions = drawn.flatMap((key) => {
    const ends = key === 'arm' || key === 'leg' ? ['left', 'right'] : [''];
    const { name } = /** @type {import('../knowledge/parts.js').Part} */ (parts.find((part) => part.key === key));
    return ends.map((end) => ({ id: `${key}${end}`, key, end, name, word: WORDS[key] }));
  });
  return { regions, beside: parts.filter(({ key, sides }) => sides.includes(view) && !drawn.includes(key)), listed: [], others };
}

Page({
  behaviors: [screen],

  data: {
    people: PEOPLE,
    who: PEOPLE[0].key,
    note: PEOPLE[0].note,
    views: [{ key: 'front', name: '正面' }, { key: 'back', name: '背面' }, { key: 'list', name: '列表' }],
    view: /** @type {'front' | 'back' | 'list'} */ ('front'),
    /** The hospital and place that the person came from, as the next pages take them. */
    from: '',
    number: EMERGENCY_NUMBER,
    ...choicesOf('front', PEOPLE[0].key),
  },

  /** @param {{hospital?: string, near?: string}} query */
  onLoad({ hospital = '', near = '' }) {
    this.setData({ from: `hospital=${hospital}&near=${near}` });
  },

  /** @param {any} event */
  choosePerson(event) {
    const { key, note } = personOf(event.currentTarget.dataset.key);
    this.setData({ who: key, note, ...choicesOf(this.data.view, key) });
  },

  /** @param {any} event */
  chooseView(event) {
    const view = event.currentTarget.dataset.key;
    this.setData({ view, ...choicesOf(view, this.data.who) });
  },

  /** @param {any} event */
  open(event) {
    const { who, from } = this.data;
    wx.navigateTo({ url: `/packages/guide/symptoms/index?who=${who}&part=${event.currentTarget.dataset.key}&${from}` });
  },

  call() {
    wx.makePhoneCall({ phoneNumber: EMERGENCY_NUMBER }).catch(() => {
      // Whoever does not call after all has decided so.
    });
  },
});
