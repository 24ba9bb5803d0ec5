import { today } from '../../../adapters/clock.js';
import { addDays } from '../../../adapters/day.js';
import { sessionRow } from '../../../adapters/session.js';
import { screen } from '../../../behaviors/screen.js';
import { doctorPage } from '../../../services/pages.js';

const DAYS = 28;

Page({
  behaviors: [screen],

  data: {
    doctor: /** @type {any} */ (null),
    hospital: '',
    sessions: /** @type {ReturnType<typeof sessionRow>[]} */ ([]),
  },

  /** @param {{id?: string}} query */
  onLoad({ id = '' }) {
    this.id = id;
    return this.load();
  },

  async onPullDownRefresh() {
    await this.load();
    wx.stopPullDownRefresh();
  },

  load() {
    return this.fill(async () => {
      const from = today();
      const { doctor, hospital, sessions, viewer } = await doctorPage(this.id, { from, to: addDays(from, DAYS - 1) });
      return { doctor, hospital: hospital.name, sessions: sessions.map((session) => sessionRow(session, from, viewer)) };
    });
  },

  /** @param {any} event */
  open(event) {
    const session = this.data.sessions[event.currentTarget.dataset.place];
    if (!session.canOpen) {
      wx.showToast({ title: session.offer, icon: 'none' });
      return;
    }
    wx.navigateTo({ url: `/packages/booking/slots/index?session=${session.id}` });
  },
});
