import { today } from '../../../adapters/clock.js';
import { detailRow, queueRow } from '../../../adapters/visit.js';
import { screen } from '../../../behaviors/screen.js';
import { sending } from '../../../behaviors/sending.js';
import { checkIn, chooseAfterSuspension, queueOf } from '../../../services/appointments.js';
import { acceptOffer, appointmentOf, cancelBooking } from '../../../services/bookings.js';

/** How often the place in the queue is asked for while the page is looked at. */
const QUEUE_EVERY_MS = 15_000;

Page({
  behaviors: [screen, sending],

  data: {
    visit: /** @type {ReturnType<typeof detailRow> | null} */ (null),
    queue: /** @type {ReturnType<typeof queueRow> | null} */ (null),
  },

  /** @param {{code?: string}} query */
  onLoad({ code = '' }) {
    this.code = code;
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

  stateOf() {
    return this.appointment.status;
  },

  checkIn() {
    return this.send('check-in', (key) => checkIn(this.code, key));
  },

  async cancel() {
    const asked = this.data.visit?.isPending
      ? { title: '放弃这个号源？', content: '号源会立即释放，不影响您的履约等级。', confirmText: '放弃' }
      : { title: '取消这次预约？', content: this.data.visit?.cancelNote ?? '', confirmText: '确认取消' };
    const { confirm } = await wx.showModal({ ...asked, cancelText: '再想想' });
    if (confirm) await this.send('cancel', (key) => cancelBooking(this.code, '', key));
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
    return this.send('accept', (key) => acceptOffer(this.code, key));
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
    if (confirm) await this.send(choice.choice, (key) => chooseAfterSuspension(this.code, choice, key));
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
