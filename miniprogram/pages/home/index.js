import { hospitalRow } from '../../adapters/hospital.js';
import { screen } from '../../behaviors/screen.js';
import { listHospitals } from '../../services/hospitals.js';
import { nearbyPoint } from '../../services/place.js';
import { preferences } from '../../utils/preferences.js';

Page({
  behaviors: [screen],

  data: {
    hospitals: /** @type {ReturnType<typeof hospitalRow>[]} */ ([]),
    recent: /** @type {ReturnType<typeof hospitalRow>[]} */ ([]),
    words: '',
    /** `longitude,latitude` where the person has given it */
    near: '',
    hasMore: false,
  },

  onLoad() {
    return this.load();
  },

  onShow() {
    this.setData({ recent: recentOf(this.data.hospitals) });
  },

  async onPullDownRefresh() {
    await this.load();
    wx.stopPullDownRefresh();
  },

  load() {
    return this.fill(async () => {
      const { words, near } = this.data;
      const { results, next } = await listHospitals({ near: near || undefined, q: words || undefined });
      const hospitals = results.map(hospitalRow);
      return { hospitals, recent: words ? [] : recentOf(hospitals), hasMore: next !== null, isEmpty: hospitals.length === 0 };
    });
  },

  retry() {
    return this.load();
  },

  /** @param {any} event */
  search(event) {
    this.setData({ words: event.detail.value.trim() });
    return this.load();
  },

  clear() {
    this.setData({ words: '' });
    return this.load();
  },

  async locate() {
    try {
      this.setData({ near: await nearbyPoint() });
      await this.load();
    } catch {
      wx.showToast({ title: '没有获得位置，按默认顺序显示', icon: 'none' });
    }
  },

  /** @param {any} event */
  open(event) {
    wx.navigateTo({ url: `/packages/booking/hospital/index?code=${event.currentTarget.dataset.code}` });
  },
});

/** Those that the person has looked at, newest first, as far as they are in the list. */
function recentOf(hospitals) {
  return preferences()
    .recent.map((code) => hospitals.find((hospital) => hospital.code === code))
    .filter(Boolean)
    .slice(0, 2);
}
