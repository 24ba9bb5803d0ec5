import { patientChoice, refusalRow } from '../../../adapters/booking.js';
import { today } from '../../../adapters/clock.js';
import { joinRow } from '../../../adapters/waitlist.js';
import { screen } from '../../../behaviors/screen.js';
import { waitlistPage } from '../../../services/pages.js';
import { listPatients } from '../../../services/patients.js';
import { joinWaitlist } from '../../../services/waitlist.js';
import { prefer, preferences } from '../../../utils/preferences.js';
import { newKey } from '../../../utils/request.js';

Page({
  behaviors: [screen],

  data: {
    shown: /** @type {ReturnType<typeof joinRow> | null} */ (null),
    patients: /** @type {ReturnType<typeof patientChoice>[]} */ ([]),
    chosen: /** @type {number | null} */ (null),
    refusals: /** @type {ReturnType<typeof refusalRow>[]} */ ([]),
    isSending: false,
  },

  /** @param {{session?: string}} query */
  onLoad({ session = '' }) {
    this.session = Number(session);
    this.key = newKey();
    return this.load();
  },

  load() {
    return this.fill(async () => {
      const { session, waitlist, patients: found } = await waitlistPage(this.session);
      const shown = joinRow(session, waitlist, today(session.starts_at));
      const patients = found.map(patientChoice);
      const last = preferences().patient;
      const chosen = (patients.find((patient) => patient.id === last) ?? patients[0])?.id ?? null;
      return { shown, patients, chosen, refusals: shown.refusals };
    });
  },

  /** @param {any} event */
  choosePatient(event) {
    this.choose(event.detail.id);
  },

  /** @param {number} patient */
  choose(patient) {
    if (patient === this.data.chosen || this.data.isSending) return;
    // What was said against the one before need not hold for this one.
    this.setData({ chosen: patient, refusals: this.data.shown?.refusals ?? [] });
    this.key = newKey();
  },

  addPatient() {
    wx.navigateTo({
      url: '/packages/patients/edit/index',
      events: {
        /** @param {any} patient */
        added: async (patient) => {
          this.setData({ patients: (await listPatients()).map(patientChoice) });
          this.choose(patient.id);
        },
      },
    });
  },

  async submit() {
    if (this.isBusy || this.data.chosen === null) return;
    this.isBusy = true;
    this.setData({ isSending: true });
    try {
      const entry = await joinWaitlist({ session: this.session, patient: this.data.chosen }, this.key);
      prefer({ patient: this.data.chosen });
      wx.redirectTo({ url: `/packages/waitlist/detail/index?id=${entry.id}` });
    } catch (error) {
      this.setData({ refusals: [refusalRow(error)] });
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

  openSlots() {
    wx.redirectTo({ url: `/packages/booking/slots/index?session=${this.session}` });
  },
});
