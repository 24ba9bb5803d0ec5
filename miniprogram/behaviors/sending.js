import { newKey } from '../utils/request.js';

/**
 * What a page needs that sends a person's writes: one at a time, each under a key that is kept while the same one is tried again.
 *
 * Where a write is refused, the API's own words stand in `problem`; in either case the page is read anew by its `load`. `stateOf` of a
 * page, where it has one, tells by its answer that a write was done of which only the answer was lost.
 */
export const sending = Behavior({
  data: { isSending: false, problem: '' },

  methods: {
    /**
     * @param {string} what the same words for the same write, so that another one never goes out under its key
     * @param {(key: string) => Promise<any>} write
     * @returns {Promise<boolean>} whether it was done, as far as is known
     */
    async send(what, write) {
      /** @type {any} */
      const page = this;
      if (page.isBusy) return false;
      page.isBusy = true;
      if (page.tried?.what !== what) page.tried = { what, key: newKey() };
      const { tried } = page;
      this.setData({ isSending: true, problem: '' });
      const before = page.stateOf?.();
      let failure = null;
      try {
        await write(tried.key);
      } catch (error) {
        failure = error;
        this.setData({ problem: error.message });
      }
      page.isBusy = false;
      this.setData({ isSending: false });
      await page.load();
      const isUndone = failure?.isPassing && page.stateOf?.() === before;
      if (!isUndone && page.tried === tried) page.tried = null;
      if (failure?.isPassing && !isUndone) this.setData({ problem: '' });
      return failure === null;
    },
  },
});
