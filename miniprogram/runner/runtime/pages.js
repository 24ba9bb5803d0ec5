import { note } from './problems.js';
import { PullRefresh } from './pull_refresh.js';

const REACH_BOTTOM_PX = 50;

/** One page on the stack: its element, its component, and the calls of its life. */
export class Page {
  /**
   * @param {any} engine @param {any} miniprogram
   * @param {{route: string, query: Record<string, string>}} address @param {any} channel the opener's line, or null
   */
  constructor(engine, miniprogram, { route, query }, channel) {
    this.engine = engine;
    this.route = route;
    this.query = query;
    this.settings = { ...miniprogram.app.window, ...miniprogram.components[route] };
    this.title = this.settings.navigationBarTitleText ?? '';
    this.bar = {};
    this.element = document.createElement('div');
    this.element.className = 'mp-page';
    this.element.dataset.route = route;
    this.channel = channel;
    this.isAtBottom = false;
    this.refresh = new PullRefresh(this);
  }

  /** Creates the page's component within `parent` and calls onLoad, onShow and onReady. */
  open(parent) {
    const placeholder = document.createElement('span');
    this.element.append(placeholder);
    parent.append(this.element);
    this.root = this.engine.createRoot(this.route);
    this.caller = this.root.get();
    Object.assign(this.caller, { route: this.route, __route__: this.route, options: this.query });
    this.caller.getOpenerEventChannel = () => this.channel ?? { on() {}, once() {}, off() {}, emit() {} };
    this.caller.getTabBar = () => null;
    this.engine.showSheetOf(this.route);
    this.root.attach(this.element, placeholder);
    this.root.getComponent().$$.classList.add('wx-page');
    this.element.addEventListener('scroll', () => this._scrolled(), { passive: true });
    this.call('onLoad', this.query);
    this.show();
    setTimeout(() => this.call('onReady'));
  }

  show() {
    this.element.hidden = false;
    this.engine.showSheetOf(this.route);
    this.call('onShow');
    this.root.getComponent().triggerPageLifetime('show', []);
  }

  hide() {
    this.call('onHide');
    this.root.getComponent().triggerPageLifetime('hide', []);
    this.element.hidden = true;
  }

  close() {
    this.call('onUnload');
    this.root.release();
    this.element.remove();
  }

  /** Calls a method of the page if it has one; what it throws is noted, as on a phone, and ends nothing. */
  call(name, ...values) {
    if (typeof this.caller?.[name] !== 'function') return undefined;
    try {
      const answer = this.caller[name](...values);
      answer?.catch?.((error) => note('error', `${this.route} ${name}: ${error?.stack ?? error?.errMsg ?? error}`));
      return answer;
    } catch (error) {
      note('error', `${this.route} ${name}: ${error?.stack ?? error}`);
      return undefined;
    }
  }

  _scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.element;
    this.call('onPageScroll', { scrollTop });
    const isAtBottom = scrollHeight - scrollTop - clientHeight < (this.settings.onReachBottomDistance ?? REACH_BOTTOM_PX);
    if (isAtBottom && !this.isAtBottom) this.call('onReachBottom');
    this.isAtBottom = isAtBottom;
  }
}
