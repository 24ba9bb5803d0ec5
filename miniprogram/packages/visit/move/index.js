import { today } from '../../../adapters/clock.js';
import { daysWith, sessionRow, slotRow } from '../../../adapters/session.js';
import { screen } from '../../../behaviors/screen.js';
import { chooseAfterSuspension, moveTo } from '../../../services/appointments.js';
import { movePage, sessionPage } from '../../../services/pages.js';
import { newKey } from '../../../utils/request.js';

const OPEN = ['open', 'same-day', 'extra'];

Page({
  behaviors: [screen],

  data: {
    days: /** @type {ReturnType<typeof daysWith>} */ ([]),
    /** the day that is looked at */
    date: '',
    /** of that day */
    sessions: /** @type {ReturnType<typeof sessionRow>[]} */ ([]),
    slots: /** @type {ReturnType<typeof slotRow>[]} */ ([]),
    /** whose windows are open */
    chosen: /** @type {number | null} */ (null),
    problem: '',
    note: '',
  },

  /** @param {{code?: string, suspended?: string}} query */
  onLoad({ code = '', suspended = '' }) {
    this.code = code;
    this.isSuspended = suspended !== '';
    this.key = newKey();
    return this.load();
  },

  load() {
    return this.fill(async () => {
      const { appointment: visit, days, sessions, viewer } = await movePage(this.code);
      const from = today(visit.starts_at);
      const rows = sessions.filter((session) => this.isOffered(session, visit)).map((session) => sessionRow(session, from, viewer));
      // The same doctor first: that is what most people who move want.
      const isSame = (session) => session.doctorId === visit.doctor;
      this.sessions = [...rows.filter(isSame), ...rows.filter((each) => !isSame(each))];
      this.patient = visit.patient;
      const note = this.isSuspended
        ? '可以改到本科室的其他时间，不占改期次数，也不影响履约等级。'
        : '新的时间确定之前，原来的预约一直为您保留。如果新号更贵，需补付新号费用，原挂号费随后全额退回。';
      return { note, days: daysWith(days, rows, from), isEmpty: rows.length === 0, ...this.ofDay(this.sessions[0]?.date ?? '') };
    });
  },

  isOffered(session, visit) {
    // After a suspension nobody pays more: the API refuses what is dearer.
    return OPEN.includes(session.state) && (!this.isSuspended || session.fee_fen <= visit.fee_fen);
  },

  /** @param {string} date */
  ofDay(date) {
    return { date, sessions: this.sessions.filter((session) => session.date === date), chosen: null, slots: [] };
  },

  /** @param {any} event */
  chooseDay(event) {
    this.setData(this.ofDay(event.detail.date));
  },

  /** @param {any} event */
  async choose(event) {
    const { id } = event.currentTarget.dataset;
    if (id === this.data.chosen) {
      this.setData({ chosen: null, slots: [] });
      return;
    }
    const { lock } = this.data.sessions.find((session) => session.id === id) ?? { lock: '' };
    if (lock) {
      wx.showToast({ title: lock, icon: 'none', duration: 3000 });
      return;
    }
    await this.fill(async () => {
      const { session, slots } = await sessionPage(id, this.patient);
      return { chosen: id, slots: slots.map((slot) => slotRow(slot, session)) };
    });
  },

  /** @param {any} event */
  async take(event) {
    const slot = this.data.slots[event.detail.place];
    if (this.isBusy) return;
    const session = this.data.sessions.find((each) => each.id === this.data.chosen);
    const { confirm } = await wx.showModal({
      title: '改到这个时间？', content: `${session?.when} ${slot.time}，${session?.who}，挂号费 ${session?.fee}`, confirmText: '确认改期', cancelText: '再想想',
    });
    if (!confirm || this.isBusy) return;
    this.isBusy = true;
    try {
      await this.send(slot.id);
    } catch (error) {
      this.setData({ problem: error.message });
      if (!error.isPassing) this.key = newKey();
    } finally {
      this.isBusy = false;
    }
  },

  /** @param {number} slot */
  async send(slot) {
    if (this.isSuspended) {
      const { moved_to: movedTo } = await chooseAfterSuspension(this.code, { choice: 'another-date', slot }, this.key);
      wx.redirectTo({ url: `/packages/visit/detail/index?code=${movedTo?.code ?? movedTo ?? this.code}` });
      return;
    }
    const { appointment } = await moveTo(this.code, slot, this.key);
    const page = appointment.status === 'pending' ? 'booking/pay' : 'visit/detail';
    wx.redirectTo({ url: `/packages/${page}/index?code=${appointment.code}` });
  },
});
