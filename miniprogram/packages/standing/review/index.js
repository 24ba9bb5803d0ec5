import { today } from '../../../adapters/clock.js';
import { standingRow } from '../../../adapters/standing.js';
import { screen } from '../../../behaviors/screen.js';
import { askForReview, withdrawReview } from '../../../services/reviews.js';
import { standingOf } from '../../../services/standing.js';
import { newKey } from '../../../utils/request.js';

const REASON_MAX_LENGTH = 500;

Page({
  behaviors: [screen],

  data: {
    review: /** @type {ReturnType<typeof standingRow>['review'] | null} */ (null),
    standing: '',
    reason: '',
    limit: REASON_MAX_LENGTH,
    problem: '',
    isSending: false,
  },

  /** @param {{patient?: string, hospital?: string}} query */
  onLoad({ patient = '', hospital = '' }) {
    this.of = { patient: Number(patient), hospital };
    this.key = newKey();
    return this.load();
  },

  load() {
    return this.fill(async () => {
      const { review, tierLabel, score } = standingRow(await standingOf(this.of), today());
      return { review, standing: score ? `当前为 ${tierLabel}，评分 ${score} 分` : '目前还没有评分' };
    });
  },

  /** @param {any} event */
  type(event) {
    this.setData({ reason: event.detail.value, problem: '' });
    this.key = newKey();
  },

  async ask() {
    const reason = this.data.reason.trim();
    if (!reason) {
      this.setData({ problem: '请写下您认为哪里不对。' });
      return;
    }
    await this.send(async () => {
      await askForReview({ ...this.of, reason }, this.key);
      this.setData({ reason: '' });
    });
  },

  async withdraw() {
    const { confirm } = await wx.showModal({
      title: '撤回复核申请？', content: '撤回后可以重新申请。', confirmText: '撤回', cancelText: '不撤回',
    });
    if (confirm) await this.send(() => withdrawReview(/** @type {number} */ (this.data.review?.latest?.id), this.key));
  },

  /** @param {() => Promise<any>} write */
  async send(write) {
    if (this.isBusy) return;
    this.isBusy = true;
    this.setData({ isSending: true, problem: '' });
    try {
      await write();
      this.key = newKey();
      await this.load();
    } catch (error) {
      this.setData({ problem: error.message });
      if (!error.isPassing) this.key = newKey();
    } finally {
      this.isBusy = false;
      this.setData({ isSending: false });
    }
  },
});
