import { playAnimation } from '../animation.js';
import { elementOf } from '../elements.js';
import { gesture } from '../gesture.js';
import { define, onTap, preset } from './define.js';

/** @import { Builtin } from './define.js' */

const HOVER = { hoverClass: String, hoverStopPropagation: Boolean, hoverStartTime: preset(Number, 50), hoverStayTime: preset(Number, 400) };

/** @param {import('glass-easel').ComponentSpace} space @param {import('../boot.js').Host} host */
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
        const named = this.data.for ? this.ownerShadowRoot?.getElementById(this.data.for) : null;
        const target = named ? elementOf(named) : element.querySelector('wx-checkbox,wx-radio,wx-switch');
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

/** @this {Builtin} @param {Parameters<typeof playAnimation>[1]} exported */
function animate(exported) {
  if (exported) playAnimation(this.$$, exported);
}

/** `page-meta` styles the page around it. @this {Builtin} */
function applyPageStyle() {
  const page = this.$$.closest('wx-page-root');
  if (!page) return;
  const { pageStyle, rootFontSize, backgroundColor } = this.data;
  page.setAttribute('style', pageStyle);
  if (rootFontSize) document.documentElement.style.fontSize = rootFontSize;
  const around = page.closest('.mp-page');
  if (backgroundColor && around instanceof HTMLElement) around.style.background = backgroundColor;
}

/** While a finger is on it, an element has its hover class. @param {Builtin} component @param {HTMLElement} element */
export function showHover(component, element) {
  const on = () => {
    const { hoverClass, disabled } = component.data;
    if (!hoverClass || hoverClass === 'none' || disabled) return;
    const scoped = hoverClass.split(/\s+/).flatMap((/** @type {string} */ name) => [...scopesOf(element)].map((scope) => scope + name));
    element.classList.add(...scoped);
    const off = () => setTimeout(() => element.classList.remove(...scoped), component.data.hoverStayTime);
    addEventListener('pointerup', off, { once: true });
    addEventListener('pointercancel', off, { once: true });
  };
  element.addEventListener('pointerdown', on);
}

/** The prefixes that the compiler gave to the classes around (compiler/styles.js). @param {HTMLElement} element */
function scopesOf(element) {
  const prefixes = [...element.classList].map((name) => /^s[0-9a-z]+--/.exec(name)?.[0] ?? '');
  return new Set(prefixes.length ? prefixes : ['']);
}

/** @type {Record<string, 'navigateTo' | 'redirectTo' | 'switchTab' | 'reLaunch'>} */
const MOVES = { navigate: 'navigateTo', redirect: 'redirectTo', switchTab: 'switchTab', reLaunch: 'reLaunch' };

/** @param {{url: string, openType: string, delta: number}} link @param {import('../navigation.js').Navigation} navigation */
function follow({ url, openType, delta }, navigation) {
  if (openType === 'navigateBack') navigation.navigateBack({ delta });
  else if (MOVES[openType]) navigation[MOVES[openType]]({ url });
}
