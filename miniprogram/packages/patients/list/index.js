import { today } from '../../../adapters/clock.js';
import { patientRow } from '../../../adapters/patient.js';
import { screen } from '../../../behaviors/screen.js';
import { me } from '../../../services/account.js';
import { listPatients } from '../../../services/patients.js';

Page({
  behaviors: [screen],

  data: {
    patients: /** @type {ReturnType<typeof patientRow>[]} */ ([]),
    limit: 0,
  },

  onShow() {
    return this.load();
  },

  async onPullDownRefresh() {
    await this.load();
    wx.stopPullDownRefresh();
  },

  load() {
    return this.fill(async () => {
      const [patients, account] = await Promise.all([listPatients(), me()]);
      return { patients: patients.map((each) => patientRow(each, today())), limit: account.patients_limit, isEmpty: patients.length === 0 };
    });
  },

  add() {
    wx.navigateTo({ url: '/packages/patients/edit/index' });
  },

  /** @param {any} event */
  open(event) {
    wx.navigateTo({ url: `/packages/patients/detail/index?id=${event.currentTarget.dataset.id}` });
  },
});
