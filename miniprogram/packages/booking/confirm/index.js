import { confirmRow, patientChoice, refusalRow } from '../../../adapters/booking.js';
import { today } from '../../../adapters/clock.js';
import { screen } from '../../../behaviors/screen.js';
import { book } from '../../../services/bookings.js';
import { listPatients } from '../../../services/patients.js';
import { slotToBook } from '../../../services/sessions.js';
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
    isJudging: false,
  },

  /** @param {{slot?: string}} query */
  onLoad({ slot = '' }) {
    this.slot = Number(slot);
    return this.load();
  },

  load() {
    return this.fill(async () => {
      const patients = (await listPatients()).map(patientChoice);
      const last = preferences().patient;
      const chosen = (patients.find((patient) => patient.id === last) ?? patients[0])?.id ?? null;
      return { patients, chosen, ...(await this.judged(chosen)) };
    });
  },

  /** @param {number | null} patient */
  async judged(patient) {
    const found = await slotToBook(this.slot, patient);
    const shown = confirmRow(found, today(found.session.starts_at));
    this.session = shown.sessionId;
    this.key = newKey();
    return { shown, refusals: shown.refusals };
  },

  /** @param {number} patient */
  async choose(patient) {
    if (patient === this.data.chosen || this.data.isSending) return;
    this.setData({ chosen: patient, isJudging: true });
    await this.fill(() => this.judged(patient));
    this.setData({ isJudging: false });
  },

  /** @param {any} event */
  choosePatient(event) {
    return this.choose(event.detail.id);
  },

  addPatient() {
    wx.navigateTo({
      url: '/packages/patients/edit/index',
      events: {
        /** @param {any} patient */
        added: async (patient) => {
          this.setData({ patients: (await listPatients()).map(patientChoice) });
          await this.choose(patient.id);
        },
      },
    });
  },

  async submit() {
    if (this.isBusy || this.data.chosen === null) return;
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
