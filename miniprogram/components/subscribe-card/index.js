import { settings } from '../../services/settings.js';

/**
 * Asks for WeChat's messages, in a tap of its own, as WeChat wants it. Nothing is shown where there is nothing to ask for.
 *
 * <subscribe-card occasion="booked" words="就诊前一天和停诊时提醒您" />
 */
Component({
  options: { virtualHost: true },

  properties: {
    /** of GET /settings: which messages this moment makes likely */
    occasion: { type: String, value: '' },
    words: { type: String, value: '' },
  },

  data: {
    templates: /** @type {string[]} */ ([]),
    answer: '',
  },

  lifetimes: {
    async attached() {
      try {
        const { subscribe } = await settings();
        this.setData({ templates: subscribe[this.data.occasion] ?? [] });
      } catch {
        // The page is complete without it.
      }
    },
  },

  methods: {
    async ask() {
      try {
        /** @type {Record<string, any>} */
        const answers = await wx.requestSubscribeMessage({ tmplIds: this.data.templates });
        const isWanted = this.data.templates.some((template) => answers[template] === 'accept');
        this.setData({ answer: isWanted ? '已开启，到时会在微信里通知您。' : '没有开启，进展可以在“我 - 消息”里查看。' });
      } catch {
        this.setData({ answer: '没有开启，可以在微信的订阅消息设置中打开。' });
      }
    },
  },
});
