import { elementOf } from './elements.js';

/** @import { GeneralComponent } from 'glass-easel' */
/**
 * @typedef {object} WxElement what is used here of an element of the engine
 * @property {string} class
 * @property {Record<string, unknown>} dataset
 * @property {() => unknown} getBackendElement
 * @property {(name: string, detail: unknown, options: import('glass-easel').EventOptions) => void} triggerEvent
 * @property {Record<string, unknown>} [_wxsState]
 * @property {ComponentDescriptor} [_wxsDescriptor]
 */

/** What a WXS listener may do with the component that owns its template, and with single elements of it. */
class ComponentDescriptor {
  /** @param {WxElement} element @param {GeneralComponent} host the owner of the template */
  constructor(element, host) {
    this._element = element;
    this._host = host;
  }

  /** @param {string} selector */
  selectComponent(selector) {
    const found = this._host.getShadowRoot()?.querySelector(selector);
    return found && describe(found, this._host);
  }

  /** @param {string} selector */
  selectAllComponents(selector) {
    return (this._host.getShadowRoot()?.querySelectorAll(selector) ?? []).map((found) => describe(found, this._host));
  }

  /** @param {string | Record<string, string>} styles */
  setStyle(styles) {
    if (typeof styles === 'string') this._dom.style.cssText = styles;
    else for (const [name, value] of Object.entries(styles)) this._dom.style.setProperty(name.replace(/[A-Z]/g, (x) => `-${x.toLowerCase()}`), value);
    return this;
  }

  /** @param {string} names */
  addClass(names) {
    for (const name of names.split(/\s+/)) this._element.class += ` ${name}`;
    return this;
  }

  /** @param {string} names */
  removeClass(names) {
    const gone = names.split(/\s+/);
    this._element.class = this._element.class.split(/\s+/).filter((name) => !gone.includes(name)).join(' ');
    return this;
  }

  /** @param {string} name */
  hasClass(name) {
    return this._element.class.split(/\s+/).includes(name);
  }

  getDataset() {
    return this._element.dataset;
  }

  getState() {
    this._element._wxsState ??= {};
    return this._element._wxsState;
  }

  getBoundingClientRect() {
    const { left, top, right, bottom, width, height } = this._dom.getBoundingClientRect();
    return { left, top, right, bottom, width, height };
  }

  /** @param {string[]} names */
  getComputedStyle(names) {
    const style = getComputedStyle(this._dom);
    return Object.fromEntries(names.map((name) => [name, style[/** @type {keyof CSSStyleDeclaration} */ (name)]]));
  }

  /** @param {string} name @param {unknown} argument */
  callMethod(name, argument) {
    return this._host.getMethodCaller()[name]?.(argument);
  }

  /** @param {string} name @param {unknown} detail @param {import('glass-easel').EventOptions} options */
  triggerEvent(name, detail, options) {
    this._element.triggerEvent(name, detail, options);
  }

  /** @param {FrameRequestCallback} callback */
  requestAnimationFrame(callback) {
    requestAnimationFrame(callback);
  }

  /** @param {() => void} callback @param {number} milliseconds */
  setTimeout(callback, milliseconds) {
    return setTimeout(callback, milliseconds);
  }

  /** @param {number} timer */
  clearTimeout(timer) {
    clearTimeout(timer);
  }

  get _dom() {
    return elementOf(this._element);
  }
}

/** @param {WxElement} element @param {GeneralComponent} host */
function describe(element, host) {
  element._wxsDescriptor ??= new ComponentDescriptor(element, host);
  return element._wxsDescriptor;
}

/** The first part of a path into WXS; a path into data starts with 0. */
const isWxs = (/** @type {unknown} */ path) => Array.isArray(path) && path[0] !== 0;

/** The hooks that compiled templates call (compiler/templates.js). */
export const wxsHooks = {
  /** @param {(...given: any[]) => void} listener of WXS */
  onChange(listener) {
    /** @param {unknown} value @param {unknown} old @param {GeneralComponent} host @param {WxElement} element */
    const changed = (value, old, host, element) => listener(value, old, describe(host, host), describe(element, host));
    return changed;
  },
  /**
   * @param {{_$: GeneralComponent}} caller the owner, as its own code knows it
   * @param {any} event
   * @param {(...given: any[]) => unknown} listener
   * @param {unknown} path where the listener stands
   */
  onEvent(caller, event, listener, path) {
    if (!isWxs(path)) return listener.call(caller, event);
    const host = caller._$;
    const instance = event.currentTarget ? describe(event.currentTarget._element ?? event.currentTarget, host) : null;
    return listener.call(null, Object.assign(Object.create(event), { instance }), describe(host, host));
  },
};
