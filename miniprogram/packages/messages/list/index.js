import { today } from '../../../adapters/clock.js';
import { messageRow } from '../../../adapters/message.js';
import { screen } from '../../../behaviors/screen.js';
import { listMessages, markRead } from '../../../services/messages.js';

Page({
  behaviors: [screen],

  data: {
    messages: /** @type {ReturnType<typeof messageRow>[]} */ ([]),
    hasMore: false,
  },

  onLoad() {
    return this.load();
  },

  async onPullDownRefresh() {
    await this.load();
    wx.stopPullDownRefresh();
  },

  load() {
    this.page = 1;
    return this.fill(async () => {
      const shown = await this.read([]);
      this.markSeen(shown.messages);
      return shown;
    });
  },

  /**
   * What is on the screen has been seen; the marks stay while it is looked at.
   *
   * @param {ReturnType<typeof messageRow>[]} messages the newest first
   */
  markSeen(messages) {
    if (!messages.some((message) => message.isNew)) return;
    markRead(Math.max(...messages.map((message) => message.id))).catch(() => {
      // They are new once more the next time.
    });
  },

  /** @param {ReturnType<typeof messageRow>[]} before */
  async read(before) {
    const { results, next } = await listMessages({ page: this.page });
    const now = Date.now();
    const messages = [...before, ...results.map((message) => messageRow(message, now, today(message.at)))];
    return { messages, hasMore: next !== null, isEmpty: messages.length === 0 };
  },

  async onReachBottom() {
    if (!this.data.hasMore || this.isReading) return;
    this.isReading = true;
    this.page += 1;
    await this.fill(() => this.read(this.data.messages));
    this.isReading = false;
  },

  /** @param {any} event */
  open(event) {
    const { page } = this.data.messages[event.currentTarget.dataset.place];
    if (page) wx.navigateTo({ url: page });
  },
});
