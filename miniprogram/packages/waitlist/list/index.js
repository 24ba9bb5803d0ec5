import { today } from '../../../adapters/clock.js';
import { entryRow } from '../../../adapters/waitlist.js';
import { screen } from '../../../behaviors/screen.js';
import { listWaitlist } from '../../../services/waitlist.js';

Page({
  behaviors: [screen],

  data: {
    entries: /** @type {ReturnType<typeof entryRow>[]} */ ([]),
    hasMore: false,
  },

  onShow() {
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

  /** @param {ReturnType<typeof entryRow>[]} before */
  async read(before) {
    const { results, next } = await listWaitlist({ page: this.page });
    const now = Date.now();
    const entries = [...before, ...results.map((entry) => entryRow(entry, now, today(entry.starts_at)))];
    return { entries, hasMore: next !== null, isEmpty: entries.length === 0 };
  },

  async onReachBottom() {
    if (!this.data.hasMore || this.isReading) return;
    this.isReading = true;
    this.page += 1;
    await this.fill(() => this.read(this.data.entries));
    this.isReading = false;
  },

  /** @param {any} event */
  open(event) {
    wx.navigateTo({ url: `/packages/waitlist/detail/index?id=${event.currentTarget.dataset.id}` });
  },

  goHome() {
    wx.switchTab({ url: '/pages/home/index' });
  },
});
