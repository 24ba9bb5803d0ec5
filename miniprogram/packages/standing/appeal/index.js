import { appealRow } from '../../../adapters/appeal.js';
import { today } from '../../../adapters/clock.js';
import { visitRow } from '../../../adapters/visit.js';
import { screen } from '../../../behaviors/screen.js';
import { sending } from '../../../behaviors/sending.js';
import { appealOf, proofPicture, withdrawAppeal } from '../../../services/appeals.js';
import { appointmentOf } from '../../../services/bookings.js';

/** An appeal (`id`), or the form of a new one (`appointment` or `restriction`). */
Page({
  behaviors: [screen, sending],

  data: {
    /** null: the form of a new one */
    appeal: /** @type {ReturnType<typeof appealRow> | null} */ (null),
    appointment: '',
    restriction: 0,
    /** What a new one is about, in words. */
    about: '',
  },

  /** @param {{id?: string, appointment?: string, restriction?: string}} query */
  onLoad({ id = '', appointment = '', restriction = '' }) {
    this.id = Number(id);
    this.setData({ appointment, restriction: Number(restriction) || 0 });
    return this.load();
  },

  load() {
    return this.fill(() => (this.id ? this.filed() : this.unfiled()));
  },

  async filed() {
    const appeal = appealRow(await appealOf(this.id), today());
    // The words come first; pictures follow as they arrive.
    if (appeal.pictures.length > 0) void this.loadPictures(appeal.pictures);
    return { appeal };
  },

  async unfiled() {
    const { appointment } = this.data;
    if (!appointment) return { about: '对暂停在线预约的申诉。如果造成暂停的失约另有原因，请说明。' };
    const visit = visitRow(await appointmentOf(appointment), Date.now(), today());
    return { about: `对 ${visit.when}，${visit.hospital} ${visit.who} 的记录“${visit.status}”的申诉。` };
  },

  /** @param {{id: number}[]} pictures */
  async loadPictures(pictures) {
    const known = this.paths ?? new Map();
    this.paths = known;
    for (const { id } of pictures) {
      try {
        if (!known.has(id)) known.set(id, await proofPicture(this.id, id));
      } catch {
        // A picture that does not come leaves its place empty: the words are what counts.
        known.delete(id);
      }
    }
    const { appeal } = this.data;
    if (appeal) this.setData({ appeal: { ...appeal, pictures: appeal.pictures.map(({ id }) => ({ id, path: known.get(id) ?? '' })) } });
  },

  /** @param {any} event */
  look(event) {
    const urls = (this.data.appeal?.pictures ?? []).map(({ path }) => path).filter(Boolean);
    const { path } = event.currentTarget.dataset;
    if (path) wx.previewImage({ urls, current: path });
  },

  /** @param {any} event */
  takeFiled(event) {
    this.id = event.detail.id;
    wx.showToast({ title: '申诉已提交', icon: 'none' });
    // What is told first stands above what the form had been scrolled to.
    wx.pageScrollTo({ scrollTop: 0, duration: 0 });
    return this.load();
  },

  openVisit() {
    wx.navigateTo({ url: `/packages/visit/detail/index?code=${this.data.appeal?.appointment}` });
  },

  async withdraw() {
    const { confirm } = await wx.showModal({
      title: '撤回申诉？', content: '撤回后图片会删除。申诉截止之前，可以重新提出。', confirmText: '撤回', cancelText: '不撤回',
    });
    if (confirm) await this.send('withdraw', (key) => withdrawAppeal(this.id, key));
  },

  stateOf() {
    return this.data.appeal?.isPending;
  },
});
