import { screen } from '../../../behaviors/screen.js';

const KINDS = { develop: '开发版', trial: '体验版', release: '' };

Page({
  behaviors: [screen],

  data: { version: '' },

  onLoad() {
    const { version, envVersion } = wx.getAccountInfoSync().miniProgram;
    this.setData({ version: [version || '1.0.0', KINDS[envVersion]].filter(Boolean).join(' ') });
  },

  openPolicy() {
    wx.navigateTo({ url: '/packages/account/text/index?kind=privacy' });
  },

  openGuide() {
    wx.openPrivacyContract({});
  },
});
