import { screen } from '../../../behaviors/screen.js';
import { bindPhoneBySms, sendSmsCode } from '../../../services/account.js';

const PHONE = /^1[3-9]\d{9}$/;
const CODE = /^\d{6}$/;

/** The other way to bind a phone number, for those who do not give WeChat's. */
Page({
  behaviors: [screen],

  data: {
    phone: '',
    code: '',
    problems: /** @type {Record<string, string>} */ ({}),
    isSent: false,
    /** Seconds until another code can be asked for. */
    left: 0,
    /** The timer that counts them. */
    clock: 0,
    isAsking: false,
    isSending: false,
  },

  onUnload() {
    clearInterval(this.data.clock);
  },

  /** @param {any} event */
  typePhone(event) {
    this.setData({ phone: event.detail.value, problems: {} });
  },

  /** @param {any} event */
  typeCode(event) {
    this.setData({ code: event.detail.value, problems: {} });
  },

  async ask() {
    const { phone, left, isAsking } = this.data;
    if (left > 0 || isAsking) return;
    if (!PHONE.test(phone)) {
      this.setData({ problems: { phone: '手机号应为 11 位数字，请检查。' } });
      return;
    }
    this.setData({ isAsking: true, problems: {} });
    try {
      const { next_at: nextAt } = await sendSmsCode(phone);
      this.setData({ isSent: true });
      this.countDown(Date.parse(nextAt));
    } catch (error) {
      this.setData({ problems: { phone: error.message } });
    } finally {
      this.setData({ isAsking: false });
    }
  },

  /** @param {number} until milliseconds */
  countDown(until) {
    clearInterval(this.data.clock);
    const tell = () => {
      const left = Math.max(0, Math.ceil((until - Date.now()) / 1000));
      this.setData({ left });
      if (left === 0) clearInterval(this.data.clock);
    };
    this.setData({ clock: setInterval(tell, 1000) });
    tell();
  },

  async submit() {
    const { phone, code, isSending } = this.data;
    if (isSending) return;
    const problems = {
      ...(PHONE.test(phone) ? {} : { phone: '手机号应为 11 位数字，请检查。' }),
      ...(CODE.test(code) ? {} : { code: '请输入短信里的 6 位数字。' }),
    };
    this.setData({ problems });
    if (Object.keys(problems).length) return;
    this.setData({ isSending: true });
    try {
      await bindPhoneBySms(phone, code);
      wx.showToast({ title: '已绑定', icon: 'success' });
      wx.navigateBack();
    } catch (error) {
      this.setData({ problems: { code: error.message } });
    } finally {
      this.setData({ isSending: false });
    }
  },
});
