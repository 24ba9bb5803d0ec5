import { appealRow } from '../../../adapters/appeal.js';
import { today } from '../../../adapters/clock.js';
import { screen } from '../../../behaviors/screen.js';
import { listAppeals } from '../../../services/appeals.js';

Page({
  behaviors: [screen],

  data: {
    appeals: /** @type {ReturnType<typeof appealRow>[]} */ ([]),
    hasMore: false,
  },

  onShow() {
    this.page = 1;
    return this.load();
  },

  async onPullDownRefresh() {
    await this.onShow();
    wx.stopPullDownRefresh();
  },

  load() {
    return this.fill(async () => {
      const { results, next } = await listAppeals({ page: this.page });
      const appeals = [...(this.page === 1 ? [] : this.data.appeals), ...results.map((each) => appealRow(each, today()))];
      return { appeals, hasMore: next !== null, isEmpty: appeals.length === 0 };
    });
  },

  onReachBottom() {
    if (!this.data.hasMore) return undefined;
    this.page += 1;
    return this.load();
  },

  /** @param {any} event */
  open(event) {
    wx.navigateTo({ url: `/packages/standing/appeal/index?id=${event.currentTarget.dataset.id}` });
  },
});
