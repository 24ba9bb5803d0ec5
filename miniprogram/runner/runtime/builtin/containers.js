import { playAnimation } from '../animation.js';
import { gesture } from '../gesture.js';
import { define, onTap, preset } from './define.js';

const HOVER = { hoverClass: String, hoverStopPropagation: Boolean, hoverStartTime: preset(Number, 50), hoverStayTime: preset(Number, 400) };

export function defineContainers(space, { navigation }) {
  for (const name of ['view', 'cover-view', 'root-portal']) {
    define(space, name, { ...HOVER, animation: null, enable: preset(Boolean, true) }, {
      observers: { animation: animate },
      attached(element) {
        if (this.data.animation) playAnimation(element, this.data.animation);
        showHover(this, element);
      },
    });
  }
  define(space, 'page-meta', { pageStyle: String, rootFontSize: String, backgroundColor: String, rootBackgroundColor: String, scrollTop: String }, {
    attached: applyPageStyle,
    observers: { 'pageStyle, rootFontSize, backgroundColor': applyPageStyle },
  });
  define(space, 'label', { for: String }, {
    attached(element) {
      onTap(this, () => {
        if (gesture.target?.closest('wx-checkbox,wx-radio,wx-switch,wx-input,wx-button')) return;
        const named = this.data.for && this.ownerShadowRoot?.getElementById(this.data.for)?.getBackendElement();
        const target = named || element.querySelector('wx-checkbox,wx-radio,wx-switch');
        target?.wxComponent?.triggerEvent('tap', {}, { bubbles: false });
      });
    },
  });
  define(space, 'navigator', {
    ...HOVER, url: String, openType: preset(String, 'navigate'), delta: preset(Number, 1), target: String, appId: String, path: String,
    extraData: null, version: String, shortLink: String,
  }, {
    attached(element) {
      element.setAttribute('role', 'link');
      onTap(this, () => follow(this.data, navigation()));
      showHover(this, element);
    },
  });
}

function animate(exported) {
  if (exported) playAnimation(this.$$, exported);
}

/** `page-meta` styles the page around it. */
function applyPageStyle() {
  const page = this.$$.closest('wx-page-root');
  if (!page) return;
  const { pageStyle, rootFontSize, backgroundColor } = this.data;
  page.setAttribute('style', pageStyle);
  if (rootFontSize) document.documentElement.style.fontSize = rootFontSize;
  if (backgroundColor) page.closest('.mp-page').style.background = backgroundColor;
}

/** While a finger is on it, an element has its hover class. */
export function showHover(component, element) {
  const on = () => {
    const { hoverClass, disabled } = component.data;
    if (!hoverClass || hoverClass === 'none' || disabled) return;
    const scoped = hoverClass.split(/\s+/).flatMap((name) => [...scopesOf(element)].map((scope) => scope + name));
    element.classList.add(...scoped);
    const off = () => setTimeout(() => element.classList.remove(...scoped), component.data.hoverStayTime);
    addEventListener('pointerup', off, { once: true });
    addEventListener('pointercancel', off, { once: true });
  };
  element.addEventListener('pointerdown', on);
}

/** The prefixes that the compiler gave to the classes around (compiler/styles.js). */
function scopesOf(element) {
  const prefixes = [...element.classList].map((name) => /^s[0-9a-z]+--/.exec(name)?.[0] ?? '');
  return new Set(prefixes.length ? prefixes : ['']);
}

function follow({ url, openType, delta }, navigation) {
  const moves = { navigate: 'navigateTo', redirect: 'redirectTo', switchTab: 'switchTab', reLaunch: 'reLaunch' };
  if (openType === 'navigateBack') navigation.navigateBack({ delta });
  else if (moves[openType]) navigation[moves[openType]]({ url });
}
