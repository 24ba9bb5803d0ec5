import { listHospitals } from '../../services/hospitals.js';
import { nearbyPoint } from '../../services/place.js';

Page({
  data: {
    /** @type {'loading' | 'ready' | 'empty' | 'failed'} */
    state: 'loading',
    hospitals: /** @type {any[]} */ ([]),
    message: '',
  },

  onLoad() {
    return this.load();
  },

  async onPullDownRefresh() {
    await this.load();
    wx.stopPullDownRefresh();
  },

  async load(near = '') {
    try {
      const { results } = await listHospitals(near ? { near } : {});
      this.setData({ state: results.length > 0 ? 'ready' : 'empty', hospitals: results });
    } catch (error) {
      this.setData({ state: 'failed', message: error.message });
    }
  },

  retry() {
    this.setData({ state: 'loading' });
    return this.load();
  },

  async locate() {
    try {
      await this.load(await nearbyPoint());
    } catch {
      wx.showToast({ title: '未获得位置，按默认顺序显示', icon: 'none' });
    }
  },
});
