import { elderScale } from '../utils/preferences.js';

/**
 * How many readings each page has begun.
 *
 * @type {WeakMap<object, number>}
 */
const latest = new WeakMap();

/**
 * What every page has: its state as a word, with the sentence of a failure, and the size of its type.
 *
 * A page calls `this.fill(read)`: `read` promises what is to be shown, as setData takes it; `{ isEmpty: true }` among it makes the
 * page empty. What is on the screen stays there while it is read anew, and when that fails: then a toast says why. Of several
 * readings at once the last one begun is shown, in whatever order their answers come.
 */
export const screen = Behavior({
  data: {
    /** @type {'loading' | 'ready' | 'empty' | 'failed'} */
    state: 'loading',
    message: '',
    pageStyle: '--scale: 1',
  },

  lifetimes: {
    attached() {
      this.takeScale();
    },
  },

  pageLifetimes: {
    show() {
      this.takeScale();
    },
  },

  methods: {
    /** Most people keep the usual size: their pages need not be drawn for it. */
    takeScale() {
      const pageStyle = `--scale: ${elderScale()}`;
      if (pageStyle !== this.data.pageStyle) this.setData({ pageStyle });
    },

    /** @param {() => Promise<Record<string, any>>} read */
    async fill(read) {
      const reading = (latest.get(this) ?? 0) + 1;
      latest.set(this, reading);
      const isShown = this.data.state === 'ready' || this.data.state === 'empty';
      if (this.data.state === 'failed') this.setData({ state: 'loading', message: '' });
      try {
        const { isEmpty = false, ...shown } = await read();
        if (reading !== latest.get(this)) return;
        this.setData({ ...shown, state: isEmpty ? 'empty' : 'ready', message: '' });
      } catch (error) {
        if (reading !== latest.get(this)) return;
        if (isShown) wx.showToast({ title: error.message, icon: 'none', duration: 3000 });
        else this.setData({ state: 'failed', message: error.message });
      }
    },
  },
});
