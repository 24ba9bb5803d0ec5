import { elementOf } from '../elements.js';
import { define, preset, tell } from './define.js';

/** @import { BuiltinComponent, How } from './define.js' */
/** @typedef {{direct(): void, reveal(id: string): void, isAtEnd?: boolean, isAtStart?: boolean}} ScrollState */
/** @typedef {{at: number, turn(wanted: number, source: string): void}} SwiperState `at`: the item that is shown */

const SCROLL = {
  scrollX: Boolean, scrollY: Boolean, scrollTop: null, scrollLeft: null, scrollIntoView: String, scrollWithAnimation: Boolean,
  upperThreshold: preset(Number, 50), lowerThreshold: preset(Number, 50), refresherEnabled: Boolean, refresherTriggered: Boolean,
  refresherThreshold: Number, refresherDefaultStyle: String, refresherBackground: String, enhanced: Boolean,
  showScrollbar: preset(Boolean, true), enableFlex: Boolean, type: String, enablePassive: null, bounces: Boolean, scrollAnchoring: Boolean,
  usingSticky: Boolean, pagingEnabled: Boolean, fastDeceleration: Boolean, enableBackToTop: Boolean,
};
const SWIPER = {
  current: Number, autoplay: Boolean, interval: preset(Number, 5000), duration: preset(Number, 500), circular: Boolean, vertical: Boolean,
  indicatorDots: Boolean, indicatorColor: String, indicatorActiveColor: String, displayMultipleItems: preset(Number, 1),
  previousMargin: String, nextMargin: String, easingFunction: String, snapToEdge: Boolean, currentItemId: String,
  skipHiddenItemLayout: Boolean,
};
/** How far a finger must move before a swiper turns. */
const SWIPE_PX = 40;

/** @param {import('glass-easel').ComponentSpace} space */
export function defineScrolling(space) {
  define(space, 'scroll-view', SCROLL, /** @type {How<typeof SCROLL, ScrollState>} */ ({
    attached(element) {
      this.direct();
      for (const name of /** @type {const} */ (['scrollTop', 'scrollLeft'])) if (Number(this.data[name])) element[name] = Number(this.data[name]);
      element.addEventListener('scroll', () => scrolled(this, element), { passive: true });
      if (this.data.scrollIntoView) requestAnimationFrame(() => this.reveal(this.data.scrollIntoView));
    },
    methods: {
      direct() {
        const { scrollX, scrollY, showScrollbar } = this.data;
        Object.assign(this.$$.style, { overflowX: scrollX ? 'auto' : 'hidden', overflowY: scrollY ? 'auto' : 'hidden' });
        this.$$.toggleAttribute('bare', !showScrollbar);
      },
      reveal(id) {
        const target = id ? this.ownerShadowRoot?.getElementById(id) : null;
        const behavior = this.data.scrollWithAnimation ? 'smooth' : 'instant';
        if (target) elementOf(target).scrollIntoView({ block: this.data.scrollY ? 'start' : 'nearest', inline: 'start', behavior });
      },
    },
    observers: {
      'scrollX, scrollY, showScrollbar'() {
        this.direct();
      },
      scrollTop(value) {
        if (value !== null && value !== '') this.$$.scrollTo({ top: Number(value), behavior: this.data.scrollWithAnimation ? 'smooth' : 'instant' });
      },
      scrollLeft(value) {
        if (value !== null && value !== '') this.$$.scrollTo({ left: Number(value), behavior: this.data.scrollWithAnimation ? 'smooth' : 'instant' });
      },
      scrollIntoView(id) {
        this.reveal(id);
      },
    },
  }));
  define(space, 'swiper-item', { itemId: String, skipHiddenItemLayout: Boolean });
  define(space, 'swiper', SWIPER, /** @type {How<typeof SWIPER, SwiperState>} */ ({
    attached(element) {
      this.at = this.data.current;
      setTimeout(() => this.turn(this.at, ''));
      watchSwipes(this, element);
      if (!this.data.autoplay) return;
      const timer = setInterval(() => (element.isConnected ? this.turn(this.at + 1, 'autoplay') : clearInterval(timer)), this.data.interval);
    },
    methods: { turn },
    observers: {
      current(index) {
        this.turn(index, '');
      },
    },
  }));
}

/** @param {BuiltinComponent<typeof SCROLL, ScrollState>} component @param {HTMLElement} element */
function scrolled(component, element) {
  const { scrollTop, scrollLeft, scrollHeight, scrollWidth, clientHeight, clientWidth } = element;
  const { scrollY, scrollX, lowerThreshold, upperThreshold } = component.data;
  tell(component, 'scroll', { scrollTop, scrollLeft, scrollHeight, scrollWidth, deltaX: 0, deltaY: 0 });
  const left = scrollY ? scrollHeight - scrollTop - clientHeight : scrollX ? scrollWidth - scrollLeft - clientWidth : Infinity;
  if (left < lowerThreshold && !component.isAtEnd) tell(component, 'scrolltolower', { direction: scrollY ? 'bottom' : 'right' });
  component.isAtEnd = left < lowerThreshold;
  const before = scrollY ? scrollTop : scrollX ? scrollLeft : Infinity;
  if (before < upperThreshold && !component.isAtStart) tell(component, 'scrolltoupper', { direction: scrollY ? 'top' : 'left' });
  component.isAtStart = before < upperThreshold;
}

/** @this {BuiltinComponent<typeof SWIPER, SwiperState>} @param {number} wanted @param {string} source */
function turn(wanted, source) {
  const items = [...this.$$.querySelectorAll('wx-swiper-item')].filter((item) => item instanceof HTMLElement);
  if (items.length === 0) return;
  const index = this.data.circular ? (wanted + items.length) % items.length : Math.min(Math.max(wanted, 0), items.length - 1);
  const axis = this.data.vertical ? 'Y' : 'X';
  items.forEach((item, place) => {
    item.style.transition = `transform ${this.data.duration}ms`;
    item.style.transform = `translate${axis}(${(place - index) * 100}%)`;
  });
  const hasMoved = index !== this.at;
  this.at = index;
  if (hasMoved) tell(this, 'change', { current: index, source, currentItemId: items[index].wxComponent?.data.itemId ?? '' });
}

/** @param {BuiltinComponent<typeof SWIPER, SwiperState>} component @param {HTMLElement} element */
function watchSwipes(component, element) {
  /** @type {Touch | null} */
  let from = null;
  element.addEventListener('touchstart', ({ touches: [touch] }) => (from = touch), { passive: true });
  element.addEventListener('touchend', ({ changedTouches: [touch] }) => {
    if (!from) return;
    const moved = component.data.vertical ? touch.clientY - from.clientY : touch.clientX - from.clientX;
    if (Math.abs(moved) > SWIPE_PX) component.turn(component.at + (moved < 0 ? 1 : -1), 'touch');
    from = null;
  });
}
