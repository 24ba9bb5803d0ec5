/**
 * @import { Host } from '../boot.js'
 * @import { Page } from '../pages.js'
 * @import { Api, Apis } from './wrapping.js'
 */

/** Moves between pages, the navigation bar and the tab bar. @param {Host} host @returns {Apis} */
export function moves({ navigation, shell }) {
  /** @type {(change: (options: any) => Page['bar']) => Api} */
  const withBar = (change) => (options) => {
    Object.assign(navigation().top.bar, change(options));
    shell.redraw();
  };
  /** @type {(change: Api) => Api} */
  const withBadge = (change) => (options) => {
    change(options);
    shell.redraw();
  };
  return {
    later: {
      navigateTo: (options) => navigation().navigateTo(options),
      redirectTo: (options) => navigation().redirectTo(options),
      reLaunch: (options) => navigation().reLaunch(options),
      switchTab: (options) => navigation().switchTab(options),
      navigateBack: (options) => navigation().navigateBack(options),
      setNavigationBarTitle({ title }) {
        navigation().top.title = title;
        shell.redraw();
      },
      setNavigationBarColor: withBar(({ frontColor, backgroundColor }) => ({ frontColor, backgroundColor })),
      showNavigationBarLoading: withBar(() => ({ isLoading: true })),
      hideNavigationBarLoading: withBar(() => ({ isLoading: false })),
      hideHomeButton() {
        navigation().top.settings.homeButton = false;
        shell.redraw();
      },
      setTabBarBadge: withBadge(({ index, text }) => shell.badges.set(index, text)),
      removeTabBarBadge: withBadge(({ index }) => shell.badges.delete(index)),
      showTabBarRedDot: withBadge(({ index }) => shell.badges.set(index, '')),
      hideTabBarRedDot: withBadge(({ index }) => shell.badges.delete(index)),
      showTabBar: withBadge(() => (shell.isTabBarHidden = false)),
      hideTabBar: withBadge(() => (shell.isTabBarHidden = true)),
      pageScrollTo({ scrollTop, selector, offsetTop = 0, duration = 300 }) {
        const { element, caller } = navigation().top;
        const behavior = duration > 0 ? 'smooth' : 'instant';
        const target = selector && caller._$.getShadowRoot().querySelector(selector)?.getBackendElement();
        const below = (/** @type {Element} */ dom) => dom.getBoundingClientRect().top - element.getBoundingClientRect().top;
        const top = target ? below(target) + element.scrollTop + offsetTop : scrollTop;
        element.scrollTo({ top, behavior });
      },
      startPullDownRefresh: () => navigation().top.refresh.start(),
      stopPullDownRefresh: () => navigation().top.refresh.stop(),
      setBackgroundColor() {},
      setBackgroundTextStyle() {},
    },
    now: {},
  };
}
