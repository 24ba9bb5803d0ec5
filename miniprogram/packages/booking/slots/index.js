import { today } from '../../../adapters/clock.js';
import { earlyNote, sessionRow, slotRow } from '../../../adapters/session.js';
import { screen } from '../../../behaviors/screen.js';
import { sessionPage } from '../../../services/pages.js';

Page({
  behaviors: [screen],

  data: {
    session: /** @type {ReturnType<typeof sessionRow> | null} */ (null),
    slots: /** @type {ReturnType<typeof slotRow>[]} */ ([]),
    /** for whom it was judged */
    patient: '',
    /** why it can be booked before its release */
    early: '',
  },

  /** @param {{session?: string}} query */
  onLoad({ session = '' }) {
    this.id = session;
    return this.load();
  },

  onShow() {
    // Whoever comes back from a booking that did not work out sees what is left by now.
    if (this.data.session !== null) return this.load();
    return undefined;
  },

  async onPullDownRefresh() {
    await this.load();
    wx.stopPullDownRefresh();
  },

  load() {
    return this.fill(async () => {
      const { session, slots, viewer } = await sessionPage(this.id);
      const day = today(session.starts_at);
      return {
        session: sessionRow(session, day, viewer),
        patient: viewer?.name ?? '',
        slots: slots.map((slot) => slotRow(slot, session)),
        early: earlyNote(session, viewer, Date.now(), day),
      };
    });
  },

  /** @param {any} event */
  choose(event) {
    const { id } = this.data.slots[event.detail.place];
    wx.navigateTo({ url: `/packages/booking/confirm/index?slot=${id}` });
  },

  openDoctor() {
    const id = this.data.session?.doctorId;
    if (id) wx.navigateTo({ url: `/packages/booking/doctor/index?id=${id}` });
  },

  openStanding() {
    wx.navigateTo({ url: '/packages/standing/index/index' });
  },

  joinWaitlist() {
    wx.navigateTo({ url: `/packages/waitlist/join/index?session=${this.id}` });
  },
});
