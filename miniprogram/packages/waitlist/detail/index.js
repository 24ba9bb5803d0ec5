import { today } from '../../../adapters/clock.js';
import { entryDetail } from '../../../adapters/waitlist.js';
import { screen } from '../../../behaviors/screen.js';
import { acceptOffer, cancelBooking } from '../../../services/bookings.js';
import { leaveWaitlist, waitlistEntry } from '../../../services/waitlist.js';
import { newKey } from '../../../utils/request.js';

/** How often the place is asked for while the page is looked at; the time that is left of an offer is drawn each second. */
const ASK_EVERY = 15;

Page({
  behaviors: [screen],

  data: {
    shown: /** @type {ReturnType<typeof entryDetail> | null} */ (null),
    isSending: false,
    problem: '',
  },

  /** @param {{id?: string}} query */
  onLoad({ id = '' }) {
    this.id = id;
    this.key = newKey();
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

  /**
   * Sends a write once; where it is refused, the API's own words stand on the page, which is read anew.
   *
   * @param {(key: string) => Promise<any>} write @returns {Promise<boolean>} whether it was done
   */
  async send(write) {
    if (this.isBusy) return false;
    this.isBusy = true;
    this.setData({ isSending: true, problem: '' });
    const before = this.entry.state;
    let isDone = true;
    let isLost = false;
    try {
      await write(this.key);
      this.key = newKey();
    } catch (error) {
      isDone = false;
      this.setData({ problem: error.message });
      isLost = error.isPassing;
      if (!isLost) this.key = newKey();
    } finally {
      this.isBusy = false;
      this.setData({ isSending: false });
    }
    await this.load();
    // Only the answer was lost: it was done, as the page shows.
    if (isLost && this.entry.state !== before) this.setData({ problem: '' });
    return isDone;
  },

  async accept() {
    const { appointment, isFree } = this.data.shown?.offer ?? { appointment: '', isFree: false };
    if (!isFree) {
      wx.navigateTo({ url: `/packages/booking/pay/index?code=${appointment}` });
      return;
    }
    if (await this.send((key) => acceptOffer(appointment, key))) {
      wx.redirectTo({ url: `/packages/booking/result/index?code=${appointment}` });
    }
  },

  async decline() {
    const code = this.data.shown?.offer?.appointment ?? '';
    const { confirm } = await wx.showModal({
      title: '放弃这个号源？', content: '放弃后号源会派给下一位，本次候补随之结束。', confirmText: '放弃', cancelText: '再想想',
    });
    if (confirm) await this.send((key) => cancelBooking(code, '', key));
  },

  async leave() {
    const { confirm } = await wx.showModal({
      title: '退出候补？', content: '退出后您的位置不再保留，重新加入要从最后排起。', confirmText: '退出', cancelText: '再想想',
    });
    if (confirm) await this.send((key) => leaveWaitlist(this.id, key));
  },

  openVisit() {
    wx.navigateTo({ url: `/packages/visit/detail/index?code=${this.data.shown?.accepted}` });
  },

  openSession() {
    wx.navigateTo({ url: `/packages/booking/slots/index?session=${this.data.shown?.session}` });
  },
});
