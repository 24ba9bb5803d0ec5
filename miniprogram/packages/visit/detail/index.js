import { today } from '../../../adapters/clock.js';
import { detailRow, queueRow } from '../../../adapters/visit.js';
import { screen } from '../../../behaviors/screen.js';
import { checkIn, chooseAfterSuspension, queueOf } from '../../../services/appointments.js';
import { acceptOffer, appointmentOf, cancelBooking } from '../../../services/bookings.js';
import { newKey } from '../../../utils/request.js';

/** How often the place in the queue is asked for while the page is looked at. */
const QUEUE_EVERY_MS = 15_000;

Page({
  behaviors: [screen],

  data: {
    visit: /** @type {ReturnType<typeof detailRow> | null} */ (null),
    queue: /** @type {ReturnType<typeof queueRow> | null} */ (null),
    isSending: false,
    problem: '',
  },

  /** @param {{code?: string}} query */
  onLoad({ code = '' }) {
    this.code = code;
    this.key = newKey();
  },

  onShow() {
    this.clock = setInterval(() => this.data.visit?.isWaiting && this.load(), QUEUE_EVERY_MS);
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
      const appointment = await appointmentOf(this.code);
      const queue = ['checked-in', 'arrived'].includes(appointment.status) ? queueRow(await queueOf(this.code)) : null;
      this.appointment = appointment;
      return { visit: detailRow(appointment, Date.now(), today(appointment.starts_at)), queue };
    });
  },

  /** Sends a write once, shows the API's own words where it is refused, and reads the page anew. */
  async send(write) {
    if (this.isBusy) return;
    this.isBusy = true;
    this.setData({ isSending: true, problem: '' });
    const before = this.appointment.status;
    let isLost = false;
    try {
      await write(this.key);
      this.key = newKey();
    } catch (error) {
      this.setData({ problem: error.message });
      isLost = error.isPassing;
      if (!isLost) this.key = newKey();
    } finally {
      this.isBusy = false;
      this.setData({ isSending: false });
    }
    await this.load();
    // Only the answer was lost: it was done, as the page shows.
    if (isLost && this.appointment.status !== before) this.setData({ problem: '' });
  },

  checkIn() {
    return this.send((key) => checkIn(this.code, key));
  },

  async cancel() {
    const asked = this.data.visit?.isPending
      ? { title: '放弃这个号源？', content: '号源会立即释放，不影响您的履约等级。', confirmText: '放弃' }
      : { title: '取消这次预约？', content: this.data.visit?.cancelNote ?? '', confirmText: '确认取消' };
    const { confirm } = await wx.showModal({ ...asked, cancelText: '再想想' });
    if (confirm) await this.send((key) => cancelBooking(this.code, '', key));
  },

  move() {
    wx.navigateTo({ url: `/packages/visit/move/index?code=${this.code}` });
  },

  showCode() {
    wx.navigateTo({ url: `/packages/visit/code/index?code=${this.code}` });
  },

  pay() {
    wx.navigateTo({ url: `/packages/booking/pay/index?code=${this.code}` });
  },

  accept() {
    return this.send((key) => acceptOffer(this.code, key));
  },

  takeSubstitute() {
    return this.choose('接受替诊医生？', this.data.visit?.suspension?.substitute ?? '', { choice: 'substitute' });
  },

  takeRefund() {
    return this.choose('取消预约并退款？', '挂号费将全额原路退回，不影响您的履约等级。', { choice: 'refund' });
  },

  takeAnotherDate() {
    wx.navigateTo({ url: `/packages/visit/move/index?code=${this.code}&suspended=1` });
  },

  /** @param {string} title @param {string} content @param {{choice: 'substitute' | 'refund'}} choice */
  async choose(title, content, choice) {
    const { confirm } = await wx.showModal({ title, content, confirmText: '确认', cancelText: '再想想' });
    if (confirm) await this.send((key) => chooseAfterSuspension(this.code, choice, key));
  },

  openAppeal() {
    const appeal = this.data.visit?.appeal;
    const query = appeal?.id ? `id=${appeal.id}` : `appointment=${this.code}`;
    wx.navigateTo({ url: `/packages/standing/appeal/index?${query}` });
  },

  bookAgain() {
    wx.navigateTo({ url: this.data.visit?.again ?? '' });
  },

  openMoved() {
    wx.redirectTo({ url: `/packages/visit/detail/index?code=${this.data.visit?.movedTo}` });
  },
});
