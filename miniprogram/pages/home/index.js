import { today } from '../../adapters/clock.js';
import { mineRow } from '../../adapters/home.js';
import { hospitalRow } from '../../adapters/hospital.js';
import { locating } from '../../behaviors/locating.js';
import { screen } from '../../behaviors/screen.js';
import { home } from '../../services/home.js';
import { listHospitals } from '../../services/hospitals.js';
import { preferences } from '../../utils/preferences.js';

Page({
  behaviors: [screen, locating],

  data: {
    hospitals: /** @type {ReturnType<typeof hospitalRow>[]} */ ([]),
    recent: /** @type {ReturnType<typeof hospitalRow>[]} */ ([]),
    mine: mineRow(null, 0, today),
    words: '',
    /** `longitude,latitude` where the person has given it */
    near: '',
    hasMore: false,
  },

  onShow() {
    // What was booked or looked at elsewhere shows; what is on the screen stays until the answer is here.
    return this.load();
  },

  async onPullDownRefresh() {
    await this.load();
    wx.stopPullDownRefresh();
  },

  load() {
    return this.fill(() => (this.data.words ? this.found() : this.start()));
  },

  async start() {
    const found = await home({ near: this.data.near || undefined });
    const hospitals = found.hospitals.map(hospitalRow);
    return {
      hospitals, recent: recentOf(hospitals), mine: mineRow(found.mine, Date.now(), today), hasMore: found.has_more_hospitals,
      isEmpty: hospitals.length === 0,
    };
  },

  async found() {
    const { words, near } = this.data;
    const { results, next } = await listHospitals({ near: near || undefined, q: words });
    const hospitals = results.map(hospitalRow);
    return { hospitals, recent: [], mine: mineRow(null, 0, today), hasMore: next !== null, isEmpty: hospitals.length === 0 };
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

  /** @param {any} event */
  openVisit(event) {
    const { code, toPay } = this.data.mine.visits[event.currentTarget.dataset.place];
    wx.navigateTo({ url: `/packages/${toPay ? 'booking/pay' : 'visit/detail'}/index?code=${code}` });
  },

  openVisits() {
    wx.switchTab({ url: '/pages/visits/index' });
  },

  openWaitlist() {
    wx.navigateTo({ url: '/packages/waitlist/list/index' });
  },

  openMessages() {
    wx.navigateTo({ url: '/packages/messages/list/index' });
  },

  openGuide() {
    wx.navigateTo({ url: `/packages/guide/index/index?near=${this.data.near}` });
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
