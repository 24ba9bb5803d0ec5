import { bindPhone, me } from '../../services/account.js';

Page({
  data: {
    /** @type {'loading' | 'ready' | 'failed'} */
    state: 'loading',
    phone: '',
    hasPhone: false,
    message: '',
  },

  onShow() {
    return this.load();
  },

  async load() {
    try {
      this.show(await me());
    } catch (error) {
      this.setData({ state: 'failed', message: error.message });
    }
  },

  /** @param {{phone: string, has_phone: boolean}} account */
  show({ phone, has_phone: hasPhone }) {
    this.setData({ state: 'ready', phone, hasPhone });
  },

  /** @param {WechatMiniprogram.CustomEvent<{code?: string}>} event */
  async takePhone({ detail }) {
    if (!detail.code) return;
    try {
      this.show(await bindPhone(detail.code));
    } catch (error) {
      wx.showToast({ title: error.message, icon: 'none' });
    }
  },
});
