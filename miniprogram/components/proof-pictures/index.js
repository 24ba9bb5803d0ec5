import { PICTURES_MAX, picturesOf } from '../../adapters/appeal.js';
import { addProof } from '../../services/appeals.js';
import { newKey } from '../../utils/request.js';

/**
 * Pictures for an appeal: chosen, looked at, taken away, sent one by one; each that fails can be tried again by itself.
 *
 * Before the appeal is filed its page calls `send(id)` afterwards; with `appeal` set each picture is sent as soon as it is chosen.
 */
Component({
  properties: {
    /** The appeal that takes them, once it is filed. */
    appeal: { type: Number, value: 0 },
    /** How many more it takes. */
    room: { type: Number, value: PICTURES_MAX },
  },

  data: {
    pictures: /** @type {ReturnType<typeof picturesOf>} */ ([]),
    isSending: false,
    /** The appeal that they were sent to. */
    sentTo: 0,
  },

  methods: {
    async choose() {
      const { pictures } = this.data;
      const count = this.data.room - pictures.length;
      let files;
      try {
        ({ tempFiles: files } = await wx.chooseMedia({ count, mediaType: ['image'], sourceType: ['album', 'camera'], sizeType: ['compressed'] }));
      } catch {
        // Nothing chosen, or no consent: the person knows.
        return;
      }
      this.setData({ pictures: [...pictures, ...picturesOf(files, newKey)] });
      if (this.data.appeal) await this.send(this.data.appeal);
    },

    /** @param {any} event */
    look(event) {
      const urls = this.data.pictures.map(({ path }) => path);
      wx.previewImage({ urls, current: urls[event.currentTarget.dataset.place] });
    },

    /** @param {any} event */
    remove(event) {
      const { place } = event.currentTarget.dataset;
      this.setData({ pictures: this.data.pictures.filter((_, at) => at !== place) });
    },

    /** @param {any} event */
    async retry(event) {
      await this.sendOne(event.currentTarget.dataset.place, this.data.sentTo);
      this.tellSent();
    },

    /** @param {number} appeal @returns {Promise<number>} how many did not arrive */
    async send(appeal) {
      this.setData({ isSending: true, sentTo: appeal });
      for (let place = 0; place < this.data.pictures.length; place += 1) {
        if (['chosen', 'failed'].includes(this.data.pictures[place].state)) await this.sendOne(place, appeal);
      }
      this.setData({ isSending: false });
      this.tellSent();
      return this.unsent();
    },

    unsent() {
      return this.data.pictures.filter(({ state }) => state !== 'sent').length;
    },

    tellSent() {
      if (this.unsent() === 0) this.triggerEvent('sent');
    },

    /** @param {number} place @param {number} appeal */
    async sendOne(place, appeal) {
      const { path, key } = this.data.pictures[place];
      this.mark(place, { state: 'sending', percent: 0, problem: '' });
      try {
        await addProof(appeal, path, key, (percent) => this.mark(place, { percent }));
        this.mark(place, { state: 'sent' });
      } catch (error) {
        this.mark(place, { state: error.isPassing ? 'failed' : 'refused', problem: error.message, key: error.isPassing ? key : newKey() });
      }
    },

    /** @param {number} place @param {Record<string, any>} changes */
    mark(place, changes) {
      this.setData({ pictures: this.data.pictures.map((picture, at) => (at === place ? { ...picture, ...changes } : picture)) });
    },
  },
});
