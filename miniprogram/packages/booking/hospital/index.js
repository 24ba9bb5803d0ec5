import { departmentGroups, hospitalRow } from '../../../adapters/hospital.js';
import { screen } from '../../../behaviors/screen.js';
import { hospitalPage } from '../../../services/pages.js';
import { rememberHospital } from '../../../utils/preferences.js';

Page({
  behaviors: [screen],

  data: {
    hospital: /** @type {any} */ (null),
    groups: /** @type {ReturnType<typeof departmentGroups>} */ ([]),
    chosen: 0,
    words: '',
    hasLongText: false,
    isTextOpen: false,
  },

  /** @param {{code?: string}} query */
  onLoad({ code = '' }) {
    this.code = code;
    return this.load();
  },

  load() {
    return this.fill(async () => {
      const { hospital, groups } = await hospitalPage(this.code);
      this.all = groups;
      this.place = hospital;
      rememberHospital(this.code);
      wx.setNavigationBarTitle({ title: hospital.name });
      return { hospital: { ...hospitalRow(hospital), introduction: hospital.introduction }, groups: departmentGroups(groups) };
    });
  },

  /** @param {any} event */
  search(event) {
    this.setData({ words: event.detail.value, chosen: 0, groups: departmentGroups(this.all, event.detail.value) });
  },

  clear() {
    this.setData({ words: '', chosen: 0, groups: departmentGroups(this.all) });
  },

  /** @param {any} event */
  choose(event) {
    this.setData({ chosen: event.currentTarget.dataset.place });
  },

  /** @param {any} event */
  open(event) {
    const { id, name } = event.currentTarget.dataset;
    wx.navigateTo({ url: `/packages/booking/department/index?id=${id}&name=${encodeURIComponent(name)}&hospital=${this.code}` });
  },

  openGuide() {
    wx.navigateTo({ url: `/packages/guide/index/index?hospital=${this.code}` });
  },

  call() {
    wx.makePhoneCall({ phoneNumber: this.data.hospital.phone }).catch(() => {
      // Whoever does not call after all has decided so.
    });
  },

  showMap() {
    const { latitude, longitude, name, address } = this.place;
    if (latitude === null || longitude === null) return;
    wx.openLocation({ latitude, longitude, name, address });
  },

  toggleText() {
    this.setData({ isTextOpen: !this.data.isTextOpen });
  },
});
