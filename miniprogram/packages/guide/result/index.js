import { locating } from '../../../behaviors/locating.js';
import { screen } from '../../../behaviors/screen.js';
import { departmentsFor } from '../../../services/places.js';
import { adviceFor, alarmsNamed } from '../advice.js';
import { personOf } from '../knowledge/people.js';
import { withPlaces } from '../places.js';

Page({
  behaviors: [screen, locating],

  data: {
    /** Names of what was chosen among what must not wait. */
    alarms: /** @type {string[]} */ ([]),
    line: /** @type {any} */ (null),
    /** Whether departments show: not beside an emergency before somebody says that it has been seen to. */
    isCalm: true,
    advice: /** @type {ReturnType<typeof withPlaces>} */ ([]),
    near: '',
  },

  /** @param {{who?: string, symptoms?: string, alarms?: string, hospital?: string, near?: string}} query */
  onLoad({ who, symptoms = '', alarms = '', hospital = '', near = '' }) {
    this.person = personOf(who);
    this.hospital = hospital;
    this.advised = adviceFor(symptoms.split(','), this.person.key);
    const named = alarmsNamed(alarms.split(','));
    this.setData({
      alarms: named.map(({ name }) => name), line: named.find(({ line }) => line)?.line ?? null, isCalm: named.length === 0, near,
      // Which departments fit is known at once; where they are comes with the answer.
      advice: withPlaces(this.advised, [], ''),
    });
    if (this.data.isCalm) return this.load();
  },

  load() {
    if (this.advised.length === 0) return;
    const { ages, sex } = this.person;
    return this.fill(async () => {
      const subjects = this.advised.map(({ code }) => code).join(',');
      const groups = await departmentsFor({
        subjects, ages, sex: sex || undefined, hospital: this.hospital || undefined, near: this.data.near || undefined,
      });
      return { advice: withPlaces(this.advised, groups, this.hospital) };
    });
  },

  calm() {
    this.setData({ isCalm: true });
    return this.load();
  },

  /** @param {any} event */
  showAll(event) {
    const { place } = event.currentTarget.dataset;
    this.setData({ [`advice[${place}].shown`]: this.data.advice[place].places.length });
  },

  /** @param {any} event */
  open(event) {
    const { id, name, hospital } = event.currentTarget.dataset;
    wx.navigateTo({ url: `/packages/booking/department/index?id=${id}&name=${encodeURIComponent(name)}&hospital=${hospital}` });
  },

  openHome() {
    wx.switchTab({ url: '/pages/home/index' });
  },

  again() {
    // Nothing lies below where the page was opened from outside.
    if (getCurrentPages().length > 1) wx.navigateBack();
    else wx.redirectTo({ url: '/packages/guide/index/index' });
  },
});
