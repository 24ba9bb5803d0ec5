import { today } from '../../../adapters/clock.js';
import { sessionRow, slotRow } from '../../../adapters/session.js';
import { screen } from '../../../behaviors/screen.js';
import { slotsOf } from '../../../services/sessions.js';

Page({
  behaviors: [screen],

  data: {
    session: /** @type {ReturnType<typeof sessionRow> | null} */ (null),
    slots: /** @type {ReturnType<typeof slotRow>[]} */ ([]),
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
      const { session, slots } = await slotsOf(this.id);
      return { session: sessionRow(session, today(session.starts_at)), slots: slots.map((slot) => slotRow(slot, session)) };
    });
  },

  /** @param {any} event */
  choose(event) {
    const slot = this.data.slots[event.currentTarget.dataset.place];
    if (!slot.isOpen) return;
    wx.navigateTo({ url: `/packages/booking/confirm/index?slot=${slot.id}` });
  },

  openDoctor() {
    const id = this.data.session?.doctorId;
    if (id) wx.navigateTo({ url: `/packages/booking/doctor/index?id=${id}` });
  },

  joinWaitlist() {
    wx.navigateTo({ url: `/packages/waitlist/join/index?session=${this.id}` });
  },
});
