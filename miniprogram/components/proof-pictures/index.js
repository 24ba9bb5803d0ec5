import { PICTURES_MAX, pictureProblem, picturesOf } from '../../adapters/appeal.js';
import { addProof } from '../../services/appeals.js';
import { newKey } from '../../utils/request.js';

/**
 * Pictures for an appeal: chosen, looked at, taken away, sent one by one; each that fails can be tried again by itself.
 *
 * Before the appeal is filed its page calls `send(id)` afterwards; with `appeal` set each picture is sent as soon as it is chosen.
 * Once there is an appeal, `unsent` tells how many pictures it does not have, and `sent` that it has all of them.
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
      } catch (failure) {
        // Whoever chose nothing, or did not agree, knows it.
        if (!/cancel|privacy/.test(failure.errMsg)) wx.showToast({ title: '没能打开相册或相机，请在微信的权限设置中允许后再试', icon: 'none' });
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
      if (this.data.sentTo) this.tellUnsent();
    },

    /** @param {any} event */
    async retry(event) {
      await this.sendOne(event.currentTarget.dataset.place, this.data.sentTo);
      this.tellUnsent();
    },

    /** @param {number} appeal */
    async send(appeal) {
      const isLeft = (/** @type {{state: string}} */ { state }) => ['chosen', 'failed'].includes(state);
      const isSending = this.data.pictures.some(isLeft);
      this.setData({ isSending, sentTo: appeal });
      for (let place = 0; place < this.data.pictures.length; place += 1) {
        if (isLeft(this.data.pictures[place])) await this.sendOne(place, appeal);
      }
      if (isSending) this.setData({ isSending: false });
      this.tellUnsent();
    },

    tellUnsent() {
      const unsent = this.data.pictures.filter(({ state }) => state !== 'sent').length;
      this.triggerEvent('unsent', { unsent });
      if (unsent === 0) this.triggerEvent('sent');
    },

    /** @param {number} place @param {number} appeal */
    async sendOne(place, appeal) {
      const { path, key } = this.data.pictures[place];
      this.mark(place, { state: 'sending', percent: 0, problem: '' });
      try {
        await addProof(appeal, path, key, (percent) => this.mark(place, { percent }));
        this.mark(place, { state: 'sent' });
      } catch (error) {
        const state = error.isPassing ? 'failed' : 'refused';
        this.mark(place, { state, problem: pictureProblem(error.message), key: error.isPassing ? key : newKey() });
      }
    },

    /** @param {number} place @param {Record<string, any>} changes */
    mark(place, changes) {
      this.setData({ pictures: this.data.pictures.map((picture, at) => (at === place ? { ...picture, ...changes } : picture)) });
    },
  },
});
