import { screen } from '../../../behaviors/screen.js';
import { signOut } from '../../../services/account.js';
import { elderScale, prefer, preferences } from '../../../utils/preferences.js';

Page({
  behaviors: [screen],

  data: {
    elder: preferences().elder,
    modes: [
      { code: 'auto', name: '自动', about: '跟随微信的字体大小' },
      { code: 'on', name: '开', about: '所有文字放大' },
      { code: 'off', name: '关', about: '标准大小' },
    ],
  },

  onShow() {
    this.setData({ elder: preferences().elder });
  },

  /** @param {any} event */
  chooseElder(event) {
    const { code } = event.currentTarget.dataset;
    prefer({ elder: code });
    // This page is the preview.
    this.setData({ elder: code, pageStyle: `--scale: ${elderScale()}` });
  },

  openMessageSettings() {
    wx.openSetting({ withSubscriptions: true });
  },

  async clear() {
    const { confirm } = await wx.showModal({
      title: '清除本机数据？', content: '会清除最近看过的医院、常用就诊人和字体设置。您的预约和账户不受影响。', confirmText: '清除', cancelText: '不清除',
    });
    if (!confirm) return;
    wx.removeStorageSync('preferences');
    this.setData({ elder: preferences().elder, pageStyle: `--scale: ${elderScale()}` });
    wx.showToast({ title: '已清除', icon: 'success' });
  },

  async leave() {
    const { confirm } = await wx.showModal({
      title: '退出登录？', content: '本机会清除登录状态和本机数据。再次使用时，会用微信重新登录。', confirmText: '退出', cancelText: '不退出',
    });
    if (!confirm) return;
    try {
      await signOut();
    } catch {
      // The phone has forgotten all the same; the server's session ends by itself.
    }
    wx.clearStorageSync();
    wx.reLaunch({ url: '/pages/home/index' });
  },
});
