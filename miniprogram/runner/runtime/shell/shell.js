import { themed } from '../theme.js';
import { byId, make } from './dom.js';

/**
 * @import { Tab } from '../../compiler/app_config.js'
 * @import { Miniprogram } from '../../compiler/build.js'
 * @import { Navigation } from '../navigation.js'
 * @import { Page } from '../pages.js'
 * @import { Phone } from '../phone.js'
 */

/** What WeChat draws around the pages: the navigation bar with its capsule, and the tab bar. */
export class Shell {
  /** @param {Miniprogram} miniprogram @param {Phone} phone */
  constructor(miniprogram, phone) {
    this.miniprogram = miniprogram;
    this.phone = phone;
    this.pages = byId('mp-pages');
    /** By the number of the tab; '' is a dot. @type {Map<number, string>} */
    this.badges = new Map();
    /** What is drawn. @type {{page: Page, navigation: Navigation} | null} */
    this.drawn = null;
    this.isTabBarHidden = false;
  }

  /** @param {Page} page the page on top @param {Navigation} navigation */
  draw(page, navigation) {
    this.drawn = { page, navigation };
    this._drawBar(page, navigation);
    this._drawTabs(page, navigation);
  }

  redraw() {
    if (this.drawn) this.draw(this.drawn.page, this.drawn.navigation);
  }

  /** @param {string | undefined} value */
  colour(value) {
    return themed(value, this.miniprogram.theme, this.phone.theme);
  }

  /** @param {Page} page @param {Navigation} navigation */
  _drawBar(page, navigation) {
    const { settings, bar } = page;
    const ink = bar.frontColor ?? (this.colour(settings.navigationBarTextStyle) === 'white' ? '#ffffff' : '#000000');
    const nav = byId('mp-nav');
    document.body.dataset.bar = settings.navigationStyle ?? 'default';
    nav.style.background = bar.backgroundColor ?? this.colour(settings.navigationBarBackgroundColor) ?? '#ffffff';
    nav.style.color = ink;
    document.body.style.background = this.colour(settings.backgroundColor) ?? '';
    byId('mp-title').textContent = page.title;
    byId('mp-loading').hidden = !bar.isLoading;
    const back = byId('mp-back');
    back.hidden = navigation.stack.length < 2 && !this._hasHome(page, navigation);
    back.dataset.kind = navigation.stack.length < 2 ? 'home' : 'back';
    back.onclick = () => (navigation.stack.length < 2 ? navigation.reLaunch({ url: `/${this._home()}` }) : navigation.navigateBack());
  }

  /** A page that was opened from outside has a house instead of an arrow. @param {Page} page @param {Navigation} navigation */
  _hasHome(page, navigation) {
    return !navigation.tabs.includes(page.route) && page.route !== this._home() && page.settings.homeButton !== false;
  }

  _home() {
    return this.miniprogram.app.entryPagePath ?? this.miniprogram.pages[0];
  }

  /** @param {Page} page @param {Navigation} navigation */
  _drawTabs(page, navigation) {
    const bar = this.miniprogram.app.tabBar;
    const isShown = bar !== undefined && navigation.tabs.includes(page.route) && !this.isTabBarHidden;
    document.body.dataset.tabs = isShown ? 'shown' : 'none';
    if (!isShown) return;
    const tabs = byId('mp-tabs');
    tabs.style.background = this.colour(bar.backgroundColor) ?? '';
    tabs.dataset.border = this.colour(bar.borderStyle) ?? 'black';
    tabs.replaceChildren(...bar.list.map((tab, index) => this._tab(tab, index, page, navigation)));
  }

  /** @param {Tab} tab @param {number} index @param {Page} page @param {Navigation} navigation */
  _tab(tab, index, page, navigation) {
    const isSelected = tab.pagePath === page.route;
    const { color, selectedColor } = this.miniprogram.app.tabBar ?? {};
    const icon = this.colour(isSelected ? (tab.selectedIconPath ?? tab.iconPath) : tab.iconPath);
    const badge = this.badges.get(index);
    const onclick = () => {
      page.call('onTabItemTap', { index: String(index), pagePath: tab.pagePath, text: tab.text });
      navigation.switchTab({ url: `/${tab.pagePath}` });
    };
    const element = make(
      'div.mp-tab',
      { onclick, style: `color:${this.colour(isSelected ? selectedColor : color)}` },
      icon && make('img', { src: this.phone.fileAddress(`/${icon.replace(/^\//, '')}`), alt: '' }),
      make('span', { textContent: tab.text }),
      badge !== undefined && make(badge === '' ? 'i.mp-dot' : 'i.mp-badge', { textContent: badge }),
    );
    element.role = 'tab';
    element.ariaSelected = String(isSelected);
    return element;
  }
}
