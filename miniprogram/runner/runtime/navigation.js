import { parseAddress } from './addresses.js';
import { eventChannel } from './event_channel.js';
import { Failure } from './failure.js';
import { Page } from './pages.js';
import { note } from './problems.js';

/**
 * @import { Miniprogram } from '../compiler/build.js'
 * @import { Address } from './addresses.js'
 * @import { EventChannel, Listener } from './event_channel.js'
 * @import { Engine } from './engine.js'
 * @import { Shell } from './shell/shell.js'
 */

/** WeChat's limit to the depth of pages. */
export const DEPTH = 10;

/** The pages that are open, and the moves between them. */
export class Navigation {
  /** @param {Engine} engine @param {Miniprogram} miniprogram @param {Shell} shell */
  constructor(engine, miniprogram, shell) {
    this.engine = engine;
    this.miniprogram = miniprogram;
    this.shell = shell;
    /** @type {Page[]} */
    this.stack = [];
    /** @type {Map<string, Page>} */
    this.tabPages = new Map();
    this.tabs = (miniprogram.app.tabBar?.list ?? []).map(({ pagePath }) => pagePath);
  }

  /** The page to be seen; there is one from the launch on. */
  get top() {
    return /** @type {Page} */ (this.stack.at(-1));
  }

  /** @param {Address} address */
  launch(address) {
    this._enter(this._open(address));
  }

  /** @param {{url: string, events?: Record<string, Listener>}} options */
  navigateTo({ url, events }) {
    const address = this._address('navigateTo', url);
    if (this.tabs.includes(address.route)) throw refused(`navigateTo: /${address.route} is a tab; use switchTab`, 'can not navigateTo a tabbar page');
    if (this.stack.length >= DEPTH) throw refused(`navigateTo /${address.route}: ${DEPTH} pages are open`, 'webview count limit exceed');
    const [ours, theirs] = eventChannel(events);
    this.top.hide();
    this._enter(this._open(address, theirs));
    return { eventChannel: ours };
  }

  /** @param {{url: string}} options */
  redirectTo({ url }) {
    const address = this._address('redirectTo', url);
    if (this.tabs.includes(address.route)) throw refused(`redirectTo: /${address.route} is a tab; use switchTab`, 'can not redirectTo a tabbar page');
    this._leave();
    this._enter(this._open(address));
  }

  /** @param {{url: string}} options */
  reLaunch({ url }) {
    const address = this._address('reLaunch', url);
    this._leaveAll();
    for (const page of this.tabPages.values()) page.close();
    this.tabPages.clear();
    this._enter(this._open(address));
  }

  /** @param {{url: string}} options */
  switchTab({ url }) {
    const { route, query } = this._address('switchTab', url);
    if (!this.tabs.includes(route)) throw refused(`switchTab: /${route} is no tab`, 'can not switch to no-tabBar page');
    if (Object.keys(query).length > 0) note('wechat', `switchTab drops the query of ${url}`);
    if (this.stack.length === 1 && this.top.route === route) return;
    const [first, ...above] = this.stack;
    for (const page of above.reverse()) page.close();
    const isOnTab = first !== undefined && this.tabPages.has(first.route);
    if (isOnTab && first.route !== route && !first.element.hidden) first.hide();
    if (first && !isOnTab) first.close();
    this.stack = [];
    const known = this.tabPages.get(route);
    if (known) {
      this.stack.push(known);
      known.show();
      this.shell.draw(known, this);
    } else this._enter(this._open({ route, query: {} }));
  }

  /** @param {{delta?: number}} [options] */
  navigateBack({ delta = 1 } = {}) {
    if (this.stack.length < 2) throw new Failure('cannot navigate back at first page.');
    for (let left = delta; left > 0 && this.stack.length > 1; left -= 1) this._leave();
    this.top.show();
    this.shell.draw(this.top, this);
  }

  /** Checks an address against the pages of app.json. @param {string} api @param {unknown} url as the mini-program gives it */
  _address(api, url) {
    if (typeof url !== 'string' || url === '') throw new Failure('parameter error: parameter.url should be String');
    const address = parseAddress(url, this.top?.route);
    if (!this.miniprogram.pages.includes(address.route)) {
      throw refused(`${api}: ${url} is no page of app.json`, `page "${address.route}" is not found`);
    }
    return address;
  }

  /** @param {Address} address @param {EventChannel | null} [channel] the opener's line */
  _open(address, channel = null) {
    const page = new Page(this.engine, this.miniprogram, address, channel);
    if (this.tabs.includes(address.route)) this.tabPages.set(address.route, page);
    return page;
  }

  /** @param {Page} page */
  _enter(page) {
    this.stack.push(page);
    this.shell.draw(page, this);
    page.open(this.shell.pages);
    this.shell.draw(page, this);
  }

  /** Closes the page on top. */
  _leave() {
    const page = this.top;
    this.stack.pop();
    this.tabPages.delete(page.route);
    page.close();
  }

  _leaveAll() {
    while (this.stack.length > 0) this._leave();
  }
}

/** What a developer should mend: noted, and answered as WeChat does. @param {string} message @param {string} reason */
function refused(message, reason) {
  note('wechat', message);
  return new Failure(reason);
}
