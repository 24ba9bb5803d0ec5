import { entitlementGroups } from '../../../adapters/entitlement.js';
import { screen } from '../../../behaviors/screen.js';
import { listEntitlements } from '../../../services/entitlements.js';

Page({
  behaviors: [screen],

  data: {
    usable: /** @type {any[]} */ ([]),
    over: /** @type {any[]} */ ([]),
  },

  /** @param {{patient?: string, hospital?: string}} query */
  onLoad({ patient = '', hospital = '' }) {
    this.of = { patient: Number(patient), hospital };
  },

  // The desk may have taken one meanwhile.
  onShow() {
    return this.load();
  },

  async onPullDownRefresh() {
    await this.load();
    wx.stopPullDownRefresh();
  },

  load() {
    return this.fill(async () => {
      const { usable, over } = entitlementGroups(await listEntitlements(this.of));
      return { usable, over, isEmpty: usable.length + over.length === 0 };
    });
  },
});
