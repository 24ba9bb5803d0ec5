import { accountRow, entriesOf, standingEntry } from '../../adapters/me.js';
import { screen } from '../../behaviors/screen.js';
import { bindPhone } from '../../services/account.js';
import { summary } from '../../services/pages.js';
import { preferences } from '../../utils/preferences.js';

Page({
  behaviors: [screen],

  data: {
    account: /** @type {ReturnType<typeof accountRow> | null} */ (null),
    patients: 0,
    /** Whose standing is shown: the one booked for last. */
    patient: /** @type {{id: number, name: string} | null} */ (null),
    standings: /** @type {ReturnType<typeof standingEntry>[]} */ ([]),
    entries: /** @type {ReturnType<typeof entriesOf>} */ ([]),
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

  load() {
    return this.fill(async () => {
      const told = await summary(preferences().patient);
      return {
        account: accountRow(told.account),
        patients: told.patients,
        patient: told.patient,
        standings: told.standings.map(standingEntry),
        entries: entriesOf(told),
      };
    });
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
