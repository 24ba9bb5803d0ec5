import { elementOf } from './elements.js';
import { note } from './problems.js';
import { PullRefresh } from './pull_refresh.js';

/**
 * @import { WindowJson } from '../compiler/app_config.js'
 * @import { Miniprogram } from '../compiler/build.js'
 * @import { Address } from './addresses.js'
 * @import { Engine } from './engine.js'
 * @import { EventChannel } from './event_channel.js'
 */

const REACH_BOTTOM_PX = 50;

/** An element of the browser as the engine's types have it. @param {HTMLElement} element */
const inEngine = (element) => /** @type {import('glass-easel').GeneralBackendElement} */ (/** @type {unknown} */ (element));

/** One page on the stack: its element, its component, and the calls of its life. */
export class Page {
  /**
   * @param {Engine} engine @param {Miniprogram} miniprogram @param {Address} address
   * @param {EventChannel | null} channel the opener's line
   */
  constructor(engine, miniprogram, { route, query }, channel) {
    this.engine = engine;
    this.route = route;
    this.query = query;
    /** @type {WindowJson} */
    this.settings = { ...miniprogram.app.window, ...miniprogram.components[route] };
    this.title = this.settings.navigationBarTitleText ?? '';
    /** What the page changed of its bar. @type {{frontColor?: string, backgroundColor?: string, isLoading?: boolean}} */
    this.bar = {};
    this.element = document.createElement('div');
    this.element.className = 'mp-page';
    this.element.dataset.route = route;
    this.channel = channel;
    this.isAtBottom = false;
    this.refresh = new PullRefresh(this);
  }

  /** Creates the page's component within `parent` and calls onLoad, onShow and onReady. @param {HTMLElement} parent */
  open(parent) {
    const placeholder = document.createElement('span');
    this.element.append(placeholder);
    parent.append(this.element);
    this.root = this.engine.createRoot(this.route);
    /** The page as its own code knows it: `this`. @type {any} */
    this.caller = this.root.get();
    Object.assign(this.caller, { route: this.route, __route__: this.route, options: this.query });
    this.caller.getOpenerEventChannel = () => this.channel ?? { on() {}, once() {}, off() {}, emit() {} };
    this.caller.getTabBar = () => null;
    this.engine.showSheetOf(this.route);
    this.root.attach(inEngine(this.element), inEngine(placeholder));
    elementOf(this.root.getComponent()).classList.add('wx-page');
    this.element.addEventListener('scroll', () => this._scrolled(), { passive: true });
    this.call('onLoad', this.query);
    this.show();
    setTimeout(() => this.call('onReady'));
  }

  show() {
    this.element.hidden = false;
    this.engine.showSheetOf(this.route);
    this.call('onShow');
    this.root?.getComponent().triggerPageLifetime('show', []);
  }

  hide() {
    this.call('onHide');
    this.root?.getComponent().triggerPageLifetime('hide', []);
    this.element.hidden = true;
  }

  close() {
    this.call('onUnload');
    this.root?.release();
    this.element.remove();
  }

  /**
   * Calls a method of the page if it has one; what it throws is noted, as on a phone, and ends nothing.
   *
   * @param {string} name
   * @param {...unknown} values
   */
  call(name, ...values) {
    if (typeof this.caller?.[name] !== 'function') return undefined;
    try {
      const answer = this.caller[name](...values);
      answer?.catch?.((/** @type {any} */ error) => note('error', `${this.route} ${name}: ${error?.stack ?? error?.errMsg ?? error}`));
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
