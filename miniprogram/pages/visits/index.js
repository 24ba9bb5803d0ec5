import { today } from '../../adapters/clock.js';
import { visitRow } from '../../adapters/visit.js';
import { screen } from '../../behaviors/screen.js';
import { listAppointments } from '../../services/appointments.js';

/** @typedef {'coming' | 'past'} Part */

Page({
  behaviors: [screen],

  data: {
    part: /** @type {Part} */ ('coming'),
    visits: /** @type {ReturnType<typeof visitRow>[]} */ ([]),
    hasMore: false,
    isReadingMore: false,
  },

  onShow() {
    // Whatever was done elsewhere shows: what is on the screen stays until the answer is here.
    return this.load();
  },

  async onPullDownRefresh() {
    await this.load();
    wx.stopPullDownRefresh();
  },

  load() {
    this.page = 1;
    return this.fill(() => this.read([]));
  },

  async read(before) {
    const { part } = this.data;
    const { results, next } = await listAppointments({ state: part, page: this.page });
    const now = Date.now();
    const visits = [...before, ...results.map((visit) => visitRow(visit, now, today(visit.starts_at)))];
    return { visits, hasMore: next !== null, isEmpty: visits.length === 0 };
  },

  async onReachBottom() {
    if (!this.data.hasMore || this.data.isReadingMore) return;
    this.setData({ isReadingMore: true });
    this.page += 1;
    await this.fill(() => this.read(this.data.visits));
    this.setData({ isReadingMore: false });
  },

  /** @param {any} event */
  choosePart(event) {
    const { part } = event.currentTarget.dataset;
    if (part === this.data.part) return undefined;
    this.setData({ part, state: 'loading', visits: [] });
    return this.load();
  },

  /** @param {any} event */
  open(event) {
    const visit = this.data.visits[event.currentTarget.dataset.place];
    const page = visit.toPay ? 'booking/pay' : 'visit/detail';
    wx.navigateTo({ url: `/packages/${page}/index?code=${visit.code}` });
  },

  goHome() {
    wx.switchTab({ url: '/pages/home/index' });
  },
});
