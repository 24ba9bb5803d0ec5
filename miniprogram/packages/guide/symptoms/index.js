import { screen } from '../../../behaviors/screen.js';
import { alarmsNamed, alarmsOf, MOST_SYMPTOMS, symptomsOf } from '../advice.js';
import { partOf } from '../knowledge/parts.js';
import { personOf } from '../knowledge/people.js';

/** @param {{key: string, name: string}[]} list */
const choosable = (list) => list.map(({ key, name }) => ({ key, name, isOn: false }));
/** @param {{key: string, isOn: boolean}[]} list */
const chosen = (list) => list.filter(({ isOn }) => isOn).map(({ key }) => key);

Page({
  behaviors: [screen],

  data: {
    /** For whom and from where, as the next page takes it. */
    from: '',
    person: '',
    part: '',
    alarms: /** @type {ReturnType<typeof choosable>} */ ([]),
    symptoms: /** @type {ReturnType<typeof choosable>} */ ([]),
    isUrgent: false,
    line: /** @type {any} */ (null),
    count: 0,
  },

  /** @param {{who?: string, part?: string, hospital?: string, near?: string}} query */
  onLoad({ who, part, hospital = '', near = '' }) {
    const person = personOf(who);
    const place = partOf(part, person.key);
    this.setData({
      from: `who=${person.key}&hospital=${hospital}&near=${near}`, person: person.name, part: place.name,
      alarms: choosable(alarmsOf(place.key, person.key)), symptoms: choosable(symptomsOf(place.key, person.key)),
    });
  },

  /** @param {any} event */
  toggleAlarm(event) {
    const alarms = toggled(this.data.alarms, event.currentTarget.dataset.key);
    const named = alarmsNamed(chosen(alarms));
    // What to do at once stands on top.
    if (named.length > 0 && !this.data.isUrgent) wx.pageScrollTo({ scrollTop: 0 });
    this.setData({ alarms, isUrgent: named.length > 0, line: named.find(({ line }) => line)?.line ?? null });
  },

  /** @param {any} event */
  toggle(event) {
    const symptoms = toggled(this.data.symptoms, event.currentTarget.dataset.key);
    const count = chosen(symptoms).length;
    if (count > MOST_SYMPTOMS) {
      wx.showToast({ title: `最多选 ${MOST_SYMPTOMS} 项，请选最明显的`, icon: 'none' });
      return;
    }
    this.setData({ symptoms, count });
  },

  next() {
    const { alarms, symptoms, from } = this.data;
    wx.navigateTo({ url: `/packages/guide/result/index?symptoms=${chosen(symptoms)}&alarms=${chosen(alarms)}&${from}` });
  },
});

/** @template {{key: string, isOn: boolean}} T @param {T[]} list @param {string} key @returns {T[]} */
function toggled(list, key) {
  return list.map((each) => (each.key === key ? { ...each, isOn: !each.isOn } : each));
}
