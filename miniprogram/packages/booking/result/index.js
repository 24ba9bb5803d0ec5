import { resultRow } from '../../../adapters/booking.js';
import { today } from '../../../adapters/clock.js';
import { screen } from '../../../behaviors/screen.js';
import { appointmentOf } from '../../../services/bookings.js';

Page({
  behaviors: [screen],

  data: {
    shown: /** @type {ReturnType<typeof resultRow> | null} */ (null),
  },

  /** @param {{code?: string}} query */
  onLoad({ code = '' }) {
    this.code = code;
    return this.load();
  },

  load() {
    return this.fill(async () => {
      const appointment = await appointmentOf(this.code);
      return { shown: resultRow(appointment, today(appointment.starts_at)) };
    });
  },

  openVisit() {
    wx.redirectTo({ url: `/packages/visit/detail/index?code=${this.code}` });
  },

  goHome() {
    wx.switchTab({ url: '/pages/home/index' });
  },
});
