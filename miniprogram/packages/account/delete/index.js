import { screen } from '../../../behaviors/screen.js';
import { deleteAccount } from '../../../services/account.js';
import { newKey } from '../../../utils/request.js';

/** Typed, so that nobody does it by a slip of the finger. */
const CONFIRMATION = '注销账户';
/** Where to go first, by why it was refused. */
const WAYS_OUT = {
  'bookings-are-live': { text: '查看我的就诊', url: '/pages/visits/index', isTab: true },
  'payments-are-open': { text: '查看我的就诊', url: '/pages/visits/index', isTab: true },
  'refunds-are-open': { text: '查看我的就诊', url: '/pages/visits/index', isTab: true },
  'appeals-wait': { text: '查看我的申诉', url: '/packages/standing/appeals/index' },
};

Page({
  behaviors: [screen],

  data: {
    consequences: [
      '手机号、微信身份和登录状态会删除，就诊人的姓名、证件和电话会去除；其他账户也添加了的就诊人不受影响。',
      '履约等级、权益、候补、申诉图片和消息会删除，不能恢复。',
      '预约和支付记录按法律规定由医院保存，但不再能识别到您。',
      '用同一个微信再次登录时，是一个全新的账户。',
    ],
    confirmation: CONFIRMATION,
    typed: '',
    problem: '',
    wayOut: /** @type {{text: string, url: string, isTab?: boolean} | null} */ (null),
    isSending: false,
    /** Kept while the same deletion is tried again. */
    key: '',
  },

  onLoad() {
    this.setData({ key: newKey() });
  },

  onShow() {
    // Whoever comes back has perhaps mended what was in the way.
    if (this.data.wayOut) this.setData({ problem: '', wayOut: null });
  },

  /** @param {any} event */
  type(event) {
    this.setData({ typed: event.detail.value.trim() });
  },

  exportFirst() {
    wx.navigateTo({ url: '/packages/account/export/index' });
  },

  follow() {
    const { wayOut } = this.data;
    if (wayOut?.isTab) wx.switchTab({ url: wayOut.url });
    else if (wayOut) wx.navigateTo({ url: wayOut.url });
  },

  async submit() {
    if (this.data.isSending || this.data.typed !== CONFIRMATION) return;
    this.setData({ isSending: true, problem: '', wayOut: null });
    try {
      await deleteAccount(this.data.key);
      wx.clearStorageSync();
      await wx.showModal({ title: '账户已注销', content: '感谢您使用约诊。祝您健康。', showCancel: false, confirmText: '好的' });
      wx.reLaunch({ url: '/pages/home/index' });
    } catch (error) {
      this.setData({ problem: error.message, wayOut: WAYS_OUT[error.code] ?? null });
      if (!error.isPassing) this.setData({ key: newKey() });
    } finally {
      this.setData({ isSending: false });
    }
  },
});
