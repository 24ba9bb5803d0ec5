import { confirmRow, patientChoice, refusalRow } from '../../../adapters/booking.js';
import { today } from '../../../adapters/clock.js';
import { screen } from '../../../behaviors/screen.js';
import { book } from '../../../services/bookings.js';
import { slotPage } from '../../../services/pages.js';
import { prefer, preferences } from '../../../utils/preferences.js';
import { newKey } from '../../../utils/request.js';
import { askToPay } from '../asking.js';

Page({
  behaviors: [screen],

  data: {
    shown: /** @type {ReturnType<typeof confirmRow> | null} */ (null),
    patients: /** @type {ReturnType<typeof patientChoice>[]} */ ([]),
    chosen: /** @type {number | null} */ (null),
    refusals: /** @type {ReturnType<typeof refusalRow>[]} */ ([]),
    isSending: false,
    /** Whether the chosen patient may book is being asked. */
    isJudging: false,
  },

  /** @param {{slot?: string}} query */
  onLoad({ slot = '' }) {
    this.slot = Number(slot);
    this.key = newKey();
    return this.load();
  },

  onShow() {
    // Whoever comes back may have added a patient, or mended what spoke against one.
    if (this.data.shown !== null && !this.isBusy) return this.load();
    return undefined;
  },

  load() {
    return this.judge(this.data.chosen ?? preferences().patient);
  },

  /** @param {number | null} patient */
  async judge(patient) {
    const before = this.judged ?? null;
    const asked = {};
    this.asked = asked;
    this.setData({ chosen: patient, isJudging: true });
    await this.fill(async () => {
      try {
        const found = await slotPage(this.slot, patient);
        // Somebody else was chosen meanwhile, and is judged next.
        return this.asked === asked ? this.row(found) : {};
      } catch (error) {
        // Nobody is shown as chosen who was not judged.
        if (this.asked === asked) this.setData({ chosen: before });
        throw error;
      }
    });
    if (this.asked === asked) this.setData({ isJudging: false });
  },

  /** @param {any} found of GET /slots/{id}/page */
  row(found) {
    const shown = confirmRow(found, today(found.session.starts_at));
    const chosen = found.chance?.patient ?? null;
    // The same patient's booking may have been sent already: its key stays.
    if (chosen !== this.judged) this.key = newKey();
    this.judged = chosen;
    this.session = shown.sessionId;
    return { shown, refusals: shown.refusals, patients: found.patients.map(patientChoice), chosen };
  },

  /** @param {any} event */
  choosePatient(event) {
    const { id } = event.detail;
    if (id === this.data.chosen || this.data.isSending) return undefined;
    return this.judge(id);
  },

  addPatient() {
    wx.navigateTo({
      url: '/packages/patients/edit/index',
      // Judged as soon as this page is shown again.
      events: { added: (/** @type {any} */ patient) => this.setData({ chosen: patient.id, isJudging: true }) },
    });
  },

  async submit() {
    if (this.isBusy || this.data.isJudging || this.data.chosen === null) return;
    // Before anything is drawn anew: a second tap comes sooner than that.
    this.isBusy = true;
    this.setData({ isSending: true });
    try {
      const { appointment, payment } = await book({ patient: this.data.chosen, slot: this.slot }, this.key);
      prefer({ patient: this.data.chosen });
      if (payment !== null) await askToPay(payment);
      const page = payment === null && appointment.status === 'booked' ? 'result' : 'pay';
      wx.redirectTo({ url: `/packages/booking/${page}/index?code=${appointment.code}` });
    } catch (error) {
      this.setData({ refusals: [refusalRow(error, this.session)] });
      // What was refused for good needs a new key; what may have been done already keeps it.
      if (!error.isPassing) this.key = newKey();
    } finally {
      this.isBusy = false;
      this.setData({ isSending: false });
    }
  },

  /** @param {any} event */
  follow(event) {
    const { url, isTab } = this.data.refusals[event.currentTarget.dataset.place].wayOut;
    if (isTab) wx.switchTab({ url });
    else wx.navigateTo({ url });
  },

  joinWaitlist() {
    wx.navigateTo({ url: `/packages/waitlist/join/index?session=${this.session}` });
  },
});
