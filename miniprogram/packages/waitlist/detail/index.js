import { today } from '../../../adapters/clock.js';
import { entryDetail } from '../../../adapters/waitlist.js';
import { screen } from '../../../behaviors/screen.js';
import { sending } from '../../../behaviors/sending.js';
import { acceptOffer, cancelBooking } from '../../../services/bookings.js';
import { leaveWaitlist, waitlistEntry } from '../../../services/waitlist.js';

/** How often the place is asked for while the page is looked at; the time that is left of an offer is drawn each second. */
const ASK_EVERY = 15;

Page({
  behaviors: [screen, sending],

  data: {
    shown: /** @type {ReturnType<typeof entryDetail> | null} */ (null),
  },

  /** @param {{id?: string}} query */
  onLoad({ id = '' }) {
    this.id = id;
  },

  onShow() {
    this.ticks = 0;
    this.clock = setInterval(() => this.tick(), 1000);
    return this.load();
  },

  onHide() {
    clearInterval(this.clock);
  },

  onUnload() {
    clearInterval(this.clock);
  },

  async onPullDownRefresh() {
    await this.load();
    wx.stopPullDownRefresh();
  },

  load() {
    return this.fill(async () => {
      this.entry = await waitlistEntry(this.id);
      return { shown: this.row() };
    });
  },

  row() {
    return entryDetail(this.entry, Date.now(), today(this.entry.starts_at));
  },

  tick() {
    const { shown } = this.data;
    if (!shown || shown.isOver) return undefined;
    this.ticks += 1;
    if (this.ticks % ASK_EVERY === 0 && !this.isBusy) return this.load();
    if (shown.offer?.isOpen) this.setData({ shown: this.row() });
    return undefined;
  },

  stateOf() {
    return this.entry.state;
  },

  async accept() {
    const { appointment, isFree } = this.data.shown?.offer ?? { appointment: '', isFree: false };
    if (!isFree) {
      wx.navigateTo({ url: `/packages/booking/pay/index?code=${appointment}` });
      return;
    }
    if (await this.send('accept', (key) => acceptOffer(appointment, key))) {
      wx.redirectTo({ url: `/packages/booking/result/index?code=${appointment}` });
    }
  },

  async decline() {
    const code = this.data.shown?.offer?.appointment ?? '';
    const { confirm } = await wx.showModal({
      title: '放弃这个号源？', content: '放弃后号源会派给下一位，本次候补随之结束。', confirmText: '放弃', cancelText: '再想想',
    });
    if (confirm) await this.send('decline', (key) => cancelBooking(code, '', key));
  },

  async leave() {
    const { confirm } = await wx.showModal({
      title: '退出候补？', content: '退出后您的位置不再保留，重新加入要从最后排起。', confirmText: '退出', cancelText: '再想想',
    });
    if (confirm) await this.send('leave', (key) => leaveWaitlist(this.id, key));
  },

  openVisit() {
    wx.navigateTo({ url: `/packages/visit/detail/index?code=${this.data.shown?.accepted}` });
  },

  openSession() {
    wx.navigateTo({ url: `/packages/booking/slots/index?session=${this.data.shown?.session}` });
  },
});
