import { CAUSES, STATEMENT_MAX_LENGTH, problemsOfAppeal } from '../../../adapters/appeal.js';
import { refusalRow } from '../../../adapters/booking.js';
import { fileAppeal } from '../../../services/appeals.js';
import { newKey } from '../../../utils/request.js';

/** The form of an appeal, about an appointment or a pause. Tells `filed` with the appeal's id when it and its pictures have arrived. */
Component({
  properties: {
    appointment: { type: String, value: '' },
    restriction: { type: Number, value: 0 },
  },

  data: {
    causes: CAUSES,
    cause: '',
    statement: '',
    limit: STATEMENT_MAX_LENGTH,
    problems: /** @type {Record<string, string>} */ ({}),
    /** What the API said, with the way out where there is one. */
    refusal: /** @type {ReturnType<typeof refusalRow> | null} */ (null),
    isSending: false,
    /** Kept while the same appeal is tried again. */
    key: '',
    /** Filed already; pictures are left. */
    filed: 0,
    unsent: 0,
  },

  lifetimes: {
    attached() {
      this.setData({ key: newKey() });
    },
  },

  pageLifetimes: {
    // Perhaps back from where the consent is given.
    show() {
      if (this.data.refusal?.wayOut) this.setData({ refusal: null });
    },
  },

  methods: {
    /** @param {any} event */
    chooseCause(event) {
      this.change({ cause: event.currentTarget.dataset.code });
    },

    /** @param {any} event */
    type(event) {
      this.change({ statement: event.detail.value });
    },

    /** @param {Record<string, string>} changes */
    change(changes) {
      this.setData({ ...changes, problems: {}, refusal: null, key: newKey() });
    },

    async submit() {
      const { cause, statement, appointment, restriction } = this.data;
      if (this.data.isSending) return;
      const problems = problemsOfAppeal({ cause, statement });
      const isReady = Object.keys(problems).length === 0;
      this.setData({ problems, refusal: null, isSending: isReady });
      if (!isReady) return;
      try {
        const subject = appointment ? { appointment } : { restriction };
        const { id } = await fileAppeal({ ...subject, cause, statement: statement.trim() }, this.data.key);
        this.setData({ filed: id });
        await this.sendPictures();
      } catch (error) {
        this.setData({ refusal: refusalRow(error), key: error.isPassing ? this.data.key : newKey() });
      } finally {
        this.setData({ isSending: false });
      }
    },

    async sendPictures() {
      /** @type {any} */
      const pictures = this.selectComponent('#pictures');
      await pictures.send(this.data.filed);
    },

    /** @param {any} event */
    countUnsent(event) {
      const { unsent } = event.detail;
      if (unsent !== this.data.unsent) this.setData({ unsent });
    },

    follow() {
      wx.navigateTo({ url: this.data.refusal?.wayOut.url });
    },

    /** All pictures are there, perhaps after further attempts. */
    finish() {
      if (this.data.filed) this.triggerEvent('filed', { id: this.data.filed });
    },
  },
});
