import { accountRow, hospitalsShown, standingEntry } from '../../adapters/me.js';
import { screen } from '../../behaviors/screen.js';
import { bindPhone, me } from '../../services/account.js';
import { listHospitals } from '../../services/hospitals.js';
import { listPatients } from '../../services/patients.js';
import { standingOf } from '../../services/standing.js';
import { preferences } from '../../utils/preferences.js';

Page({
  behaviors: [screen],

  data: {
    account: /** @type {ReturnType<typeof accountRow> | null} */ (null),
    patients: 0,
    /** Whose standing is shown: the one booked for last. */
    patient: /** @type {{id: number, name: string} | null} */ (null),
    standings: /** @type {ReturnType<typeof standingEntry>[]} */ ([]),
    entries: [
      { url: '/packages/waitlist/list/index', icon: 'time', name: '我的候补' },
      { url: '/packages/messages/list/index', icon: 'notification', name: '消息' },
      { url: '/packages/standing/appeals/index', icon: 'chat-bubble-help', name: '我的申诉' },
    ],
    others: [
      { url: '/packages/account/privacy/index', icon: 'secured', name: '隐私与数据' },
      { url: '/packages/account/settings/index', icon: 'setting', name: '设置' },
      { url: '/packages/account/about/index', icon: 'info-circle', name: '关于约诊' },
    ],
    problem: '',
    isBinding: false,
  },

  onShow() {
    return this.load();
  },

  async onPullDownRefresh() {
    await this.load();
    wx.stopPullDownRefresh();
  },

  async load() {
    await this.fill(async () => {
      const [account, patients] = await Promise.all([me(), listPatients()]);
      const last = preferences().patient;
      const patient = patients.find(({ id }) => id === last) ?? patients[0] ?? null;
      return {
        account: accountRow(account),
        patients: patients.length,
        patient: patient && { id: patient.id, name: patient.name },
        standings: patient?.id === this.data.patient?.id ? this.data.standings : [],
      };
    });
    await this.loadStandings();
  },

  /** Comes after the page is there: a page without it is better than none. */
  async loadStandings() {
    const { patient } = this.data;
    if (patient === null) return;
    const read = async (hospital) => standingEntry(hospital, await standingOf({ patient: patient.id, hospital: hospital.code }));
    try {
      const { results } = await listHospitals();
      const standings = await Promise.all(hospitalsShown(results, preferences().recent).map(read));
      if (this.data.patient?.id === patient.id) this.setData({ standings });
    } catch {
      this.setData({ standings: [] });
    }
  },

  /** @param {WechatMiniprogram.CustomEvent<{code?: string}>} event */
  async takePhone({ detail }) {
    // Without a code the person has refused; text messages are the other way.
    if (!detail.code || this.data.isBinding) return;
    this.setData({ isBinding: true, problem: '' });
    try {
      this.setData({ account: accountRow(await bindPhone(detail.code)) });
      wx.showToast({ title: '已绑定', icon: 'success' });
    } catch (error) {
      this.setData({ problem: error.message });
    } finally {
      this.setData({ isBinding: false });
    }
  },

  openPhone() {
    wx.navigateTo({ url: '/packages/account/phone/index' });
  },

  openPatients() {
    wx.navigateTo({ url: '/packages/patients/list/index' });
  },

  /** @param {any} event */
  openStanding(event) {
    const { code = '' } = event.currentTarget.dataset;
    wx.navigateTo({ url: `/packages/standing/index/index?patient=${this.data.patient?.id}&hospital=${code}` });
  },

  /** @param {any} event */
  open(event) {
    wx.navigateTo({ url: event.currentTarget.dataset.url });
  },
});
