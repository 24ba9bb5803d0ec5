import { themed } from '../theme.js';
import { make } from './dom.js';

const byId = (id) => document.getElementById(id);

/** What WeChat draws around the pages: the navigation bar with its capsule, and the tab bar. */
export class Shell {
  constructor(miniprogram, phone) {
    this.miniprogram = miniprogram;
    this.phone = phone;
    this.pages = byId('mp-pages');
    this.badges = new Map();
    this.isTabBarHidden = false;
  }

  /** @param {import('../pages.js').Page} page the page on top */
  draw(page, navigation) {
    this.page = page;
    this.navigation = navigation;
    this._drawBar(page, navigation);
    this._drawTabs(page, navigation);
  }

  redraw() {
    if (this.page) this.draw(this.page, this.navigation);
  }

  colour(value) {
    return themed(value, this.miniprogram.theme, this.phone.theme);
  }

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

  /** A page that was opened from outside has a house instead of an arrow. */
  _hasHome(page, navigation) {
    return !navigation.tabs.includes(page.route) && page.route !== this._home() && page.settings.homeButton !== false;
  }

  _home() {
    return this.miniprogram.app.entryPagePath ?? this.miniprogram.pages[0];
  }

  _drawTabs(page, navigation) {
    const bar = this.miniprogram.app.tabBar;
    const isShown = navigation.tabs.includes(page.route) && !this.isTabBarHidden;
    document.body.dataset.tabs = isShown ? 'shown' : 'none';
    if (!isShown) return;
    const tabs = byId('mp-tabs');
    tabs.style.background = this.colour(bar.backgroundColor);
    tabs.dataset.border = this.colour(bar.borderStyle) ?? 'black';
    tabs.replaceChildren(...bar.list.map((tab, index) => this._tab(tab, index, tab.pagePath === page.route, navigation)));
  }

  _tab(tab, index, isSelected, navigation) {
    const bar = this.miniprogram.app.tabBar;
    const icon = this.colour(isSelected ? (tab.selectedIconPath ?? tab.iconPath) : tab.iconPath);
    const badge = this.badges.get(index);
    const onclick = () => {
      this.page.call('onTabItemTap', { index: String(index), pagePath: tab.pagePath, text: tab.text });
      navigation.switchTab({ url: `/${tab.pagePath}` });
    };
    const element = make(
      'div.mp-tab',
      { onclick, style: `color:${this.colour(isSelected ? bar.selectedColor : bar.color)}` },
      icon && make('img', { src: this.phone.fileAddress(`/${icon.replace(/^\//, '')}`), alt: '' }),
      make('span', { textContent: tab.text }),
      badge !== undefined && make(badge === '' ? 'i.mp-dot' : 'i.mp-badge', { textContent: badge }),
    );
    element.role = 'tab';
    element.ariaSelected = String(isSelected);
    return element;
  }
}
