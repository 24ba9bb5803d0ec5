import { make } from './shell/dom.js';

/** How far a page is pulled before it refreshes, and how far it stays open meanwhile. */
const PULL_PX = 60;
const OPEN_PX = 50;

/** Pull-down refresh of one page: by a finger, or by `wx.startPullDownRefresh`. */
export class PullRefresh {
  /** @param {import('./pages.js').Page} page */
  constructor(page) {
    this.page = page;
    this.isRunning = false;
    this.sign = make('div.mp-refresh', { hidden: true }, make('i'), make('i'), make('i'));
    page.element.prepend(this.sign);
    if (page.settings.enablePullDownRefresh) this._listen(page.element);
  }

  start() {
    if (this.isRunning) return;
    this.isRunning = true;
    this._open(OPEN_PX);
    this.page.call('onPullDownRefresh');
  }

  stop() {
    this.isRunning = false;
    this._open(0);
  }

  /** @param {number} pixels */
  _open(pixels) {
    this.sign.hidden = pixels === 0;
    this.sign.style.height = `${pixels}px`;
  }

  /** @param {HTMLElement} element */
  _listen(element) {
    /** @type {number | null} */
    let from = null;
    element.addEventListener('touchstart', ({ touches }) => (from = element.scrollTop === 0 ? touches[0].clientY : null), { passive: true });
    element.addEventListener('touchmove', ({ touches }) => {
      if (from === null || this.isRunning) return;
      const pulled = touches[0].clientY - from;
      if (pulled > 0) this._open(Math.min(pulled / 2, OPEN_PX));
    }, { passive: true });
    element.addEventListener('touchend', ({ changedTouches }) => {
      if (from === null || this.isRunning) return;
      if (changedTouches[0].clientY - from > PULL_PX) this.start();
      else this._open(0);
      from = null;
    });
  }
}
