import { nearbyPoint } from '../services/place.js';

/**
 * For pages whose list can be sorted by distance: `locate` puts `longitude,latitude` into the page's `near` and calls its
 * `load`. Who does not give a place keeps the order there is.
 */
export const locating = Behavior({
  methods: {
    async locate() {
      /** @type {any} */
      const page = this;
      try {
        page.setData({ near: await nearbyPoint() });
        await page.load();
      } catch {
        wx.showToast({ title: '没有获得位置，按默认顺序显示', icon: 'none' });
      }
    },
  },
});
