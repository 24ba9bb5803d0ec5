import { paymentRow } from '../../../adapters/booking.js';
import { today } from '../../../adapters/clock.js';
import { countdown } from '../../../adapters/day.js';
import { screen } from '../../../behaviors/screen.js';
import { cancelBooking, paymentOf, refreshPayment } from '../../../services/bookings.js';
import { askToPay } from '../asking.js';

/** How often the server asks WeChat, and how often the time that is left is drawn. */
const ASK_EVERY = 2;

Page({
  behaviors: [screen],

  data: {
    shown: /** @type {ReturnType<typeof paymentRow> | null} */ (null),
    left: '',
    isSending: false,
  },

  /** @param {{code?: string}} query */
  onLoad({ code = '' }) {
    this.code = code;
    return this.load();
  },

  onShow() {
    this.ticks = 0;
    this.clock = setInterval(() => this.tick(), 1000);
  },

  onHide() {
    clearInterval(this.clock);
  },

  onUnload() {
    clearInterval(this.clock);
  },

  load() {
    return this.fill(() => this.asked());
  },

  async asked() {
    const appointment = await refreshPayment(this.code);
    this.appointment = appointment;
    return this.row();
  },

  row() {
    const shown = paymentRow(this.appointment, Date.now(), today(this.appointment.starts_at));
    if (shown.state === 'booked') wx.redirectTo({ url: `/packages/booking/result/index?code=${this.code}` });
    return { shown, left: countdown(shown.seconds) };
  },

  tick() {
    if (!this.appointment || this.isAsking || this.data.shown?.state !== 'to-pay') return undefined;
    this.setData(this.row());
    this.ticks += 1;
    if (this.ticks % ASK_EVERY !== 0 || this.data.isSending) return undefined;
    this.isAsking = true;
    return this.fill(() => this.asked()).finally(() => {
      this.isAsking = false;
    });
  },

  async pay() {
    if (this.data.isSending) return;
    this.setData({ isSending: true });
    try {
      await askToPay(await paymentOf(this.code));
    } catch (error) {
      wx.showToast({ title: error.message, icon: 'none', duration: 3000 });
    } finally {
      this.setData({ isSending: false });
    }
    await this.load();
  },

  async giveUp() {
    const asked = this.data.shown?.movedFrom
      ? { title: '放弃改期？', content: '新的号源将立即释放，原来的预约不变。', confirmText: '放弃改期' }
      : { title: '取消这次预约？', content: '号源将立即释放。', confirmText: '取消预约' };
    const { confirm } = await wx.showModal({ ...asked, cancelText: '再想想' });
    if (!confirm) return;
    try {
      await cancelBooking(this.code, '');
      await this.load();
    } catch (error) {
      wx.showToast({ title: error.message, icon: 'none', duration: 3000 });
    }
  },

  openMovedFrom() {
    wx.redirectTo({ url: `/packages/visit/detail/index?code=${this.data.shown?.movedFrom}` });
  },

  chooseAgain() {
    wx.redirectTo({ url: `/packages/booking/slots/index?session=${this.data.shown?.session}` });
  },
});
