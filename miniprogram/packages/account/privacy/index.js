import { screen } from '../../../behaviors/screen.js';

Page({
  behaviors: [screen],

  data: {
    entries: [
      { page: 'consents', icon: 'file-search', name: '授权与同意', about: '已同意的文本，可以查看和撤回' },
      { page: 'text', icon: 'secured', name: '隐私政策', about: '我们收集什么、怎样使用' },
      { page: 'export', icon: 'file-download', name: '导出我的数据', about: '本平台保存的关于您的全部信息' },
      { page: 'delete', icon: 'user-clear', name: '注销账户', about: '删除账户和身份信息，不能恢复' },
    ],
  },

  /** @param {any} event */
  open(event) {
    wx.navigateTo({ url: `/packages/account/${event.currentTarget.dataset.page}/index` });
  },

  openGuide() {
    wx.openPrivacyContract({});
  },
});
