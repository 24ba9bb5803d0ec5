import { today } from '../../../adapters/clock.js';
import { standingRow } from '../../../adapters/standing.js';
import { screen } from '../../../behaviors/screen.js';
import { sending } from '../../../behaviors/sending.js';
import { askForReview, withdrawReview } from '../../../services/reviews.js';
import { standingOf } from '../../../services/standing.js';

const REASON_MAX_LENGTH = 500;

Page({
  behaviors: [screen, sending],

  data: {
    review: /** @type {ReturnType<typeof standingRow>['review'] | null} */ (null),
    standing: '',
    reason: '',
    limit: REASON_MAX_LENGTH,
  },

  /** @param {{patient?: string, hospital?: string}} query */
  onLoad({ patient = '', hospital = '' }) {
    this.of = { patient: Number(patient), hospital };
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
  },

  async ask() {
    const reason = this.data.reason.trim();
    if (!reason) {
      this.setData({ problem: '请写下您认为哪里不对。' });
      return;
    }
    const isAsked = await this.send(`ask ${reason}`, (key) => askForReview({ ...this.of, reason }, key));
    if (isAsked) this.setData({ reason: '' });
  },

  async withdraw() {
    const { confirm } = await wx.showModal({
      title: '撤回复核申请？', content: '撤回后可以重新申请。', confirmText: '撤回', cancelText: '不撤回',
    });
    if (confirm) await this.send('withdraw', (key) => withdrawReview(/** @type {number} */ (this.data.review?.latest?.id), key));
  },

  /** Which review waits. */
  stateOf() {
    return this.data.review?.latest?.id ?? null;
  },
});
