import { today } from '../../../adapters/clock.js';
import { standingRow } from '../../../adapters/standing.js';
import { screen } from '../../../behaviors/screen.js';
import { hospitalOf, listHospitals } from '../../../services/hospitals.js';
import { listPatients } from '../../../services/patients.js';
import { standingOf } from '../../../services/standing.js';
import { preferences } from '../../../utils/preferences.js';

Page({
  behaviors: [screen],

  data: {
    patients: /** @type {{id: number, name: string}[]} */ ([]),
    hospitals: /** @type {{code: string, name: string}[]} */ ([]),
    /** Places in the two lists. */
    patient: 0,
    hospital: 0,
    shown: /** @type {ReturnType<typeof standingRow> | null} */ (null),
  },

  /** @param {{patient?: string, hospital?: string}} query */
  onLoad({ patient = '', hospital = '' }) {
    this.asked = { patient: Number(patient) || preferences().patient, hospital: hospital || preferences().recent[0] };
  },

  // Also after an appeal or a review was handed in.
  onShow() {
    return this.load();
  },

  async onPullDownRefresh() {
    await this.load();
    wx.stopPullDownRefresh();
  },

  load() {
    return this.fill(async () => {
      const choices = this.data.shown ? {} : await this.choices();
      const { patients, hospitals, patient, hospital } = { ...this.data, ...choices };
      if (patients.length === 0 || hospitals.length === 0) return { isEmpty: true };
      return { ...choices, ...(await this.standing(patients[patient].id, hospitals[hospital].code)) };
    });
  },

  /** Whom and where there is to choose, beginning with what was asked for. */
  async choices() {
    const [patients, { results }] = await Promise.all([listPatients(), listHospitals()]);
    const hospitals = results.map(({ code, name }) => ({ code, name }));
    const { patient, hospital } = this.asked;
    if (hospital && !hospitals.some(({ code }) => code === hospital)) hospitals.unshift(await hospitalOf(hospital));
    return {
      patients: patients.map(({ id, name }) => ({ id, name })),
      hospitals: hospitals.map(({ code, name }) => ({ code, name })),
      patient: Math.max(0, patients.findIndex(({ id }) => id === patient)),
      hospital: Math.max(0, hospitals.findIndex(({ code }) => code === hospital)),
    };
  },

  /** @param {number} patient @param {string} hospital */
  async standing(patient, hospital) {
    return { shown: standingRow(await standingOf({ patient, hospital }), today()) };
  },

  /** @param {any} event */
  choosePatient(event) {
    this.setData({ patient: Number(event.detail.value) });
    return this.load();
  },

  /** @param {any} event */
  chooseHospital(event) {
    this.setData({ hospital: Number(event.detail.value) });
    return this.load();
  },

  addPatient() {
    wx.navigateTo({ url: '/packages/patients/edit/index' });
  },

  openAppeal() {
    const url = this.data.shown?.restriction?.appeal?.url;
    if (url) wx.navigateTo({ url });
  },

  openHistory() {
    this.open('history');
  },

  openPerks() {
    this.open('perks');
  },

  openReview() {
    this.open('review');
  },

  openAppeals() {
    wx.navigateTo({ url: '/packages/standing/appeals/index' });
  },

  /** @param {'history' | 'perks' | 'review'} page */
  open(page) {
    const { patients, hospitals, patient, hospital } = this.data;
    wx.navigateTo({ url: `/packages/standing/${page}/index?patient=${patients[patient].id}&hospital=${hospitals[hospital].code}` });
  },
});
