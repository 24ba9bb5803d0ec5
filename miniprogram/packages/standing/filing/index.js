import { CAUSES, STATEMENT_MAX_LENGTH, problemsOfAppeal } from '../../../adapters/appeal.js';
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
      this.setData({ ...changes, problems: {}, key: newKey() });
    },

    async submit() {
      const { cause, statement, appointment, restriction } = this.data;
      if (this.data.isSending) return;
      const problems = problemsOfAppeal({ cause, statement });
      this.setData({ problems });
      if (Object.keys(problems).length) return;
      this.setData({ isSending: true });
      try {
        const subject = appointment ? { appointment } : { restriction };
        const { id } = await fileAppeal({ ...subject, cause, statement: statement.trim() }, this.data.key);
        this.setData({ filed: id });
        await this.sendPictures();
      } catch (error) {
        this.setData({ problems: { form: error.message } });
        if (!error.isPassing) this.setData({ key: newKey() });
      } finally {
        this.setData({ isSending: false });
      }
    },

    async sendPictures() {
      /** @type {any} */
      const pictures = this.selectComponent('#pictures');
      const unsent = await pictures.send(this.data.filed);
      this.setData({ unsent });
    },

    /** All pictures are there, perhaps after further attempts. */
    finish() {
      if (this.data.filed) this.triggerEvent('filed', { id: this.data.filed });
    },
  },
});
