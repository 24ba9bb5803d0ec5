/** What a WXS listener may do with the component that owns its template, and with single elements of it. */
class ComponentDescriptor {
  constructor(element, host) {
    this._element = element;
    this._host = host;
  }

  selectComponent(selector) {
    const found = this._host.getShadowRoot().querySelector(selector);
    return found && describe(found, this._host);
  }

  selectAllComponents(selector) {
    return this._host.getShadowRoot().querySelectorAll(selector).map((found) => describe(found, this._host));
  }

  setStyle(styles) {
    if (typeof styles === 'string') this._dom.style.cssText = styles;
    else for (const [name, value] of Object.entries(styles)) this._dom.style.setProperty(name.replace(/[A-Z]/g, (x) => `-${x.toLowerCase()}`), value);
    return this;
  }

  addClass(names) {
    for (const name of names.split(/\s+/)) this._element.class += ` ${name}`;
    return this;
  }

  removeClass(names) {
    const gone = names.split(/\s+/);
    this._element.class = this._element.class.split(/\s+/).filter((name) => !gone.includes(name)).join(' ');
    return this;
  }

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

  getComputedStyle(names) {
    const style = getComputedStyle(this._dom);
    return Object.fromEntries(names.map((name) => [name, style[name]]));
  }

  callMethod(name, argument) {
    return this._host.getMethodCaller()[name]?.(argument);
  }

  triggerEvent(name, detail, options) {
    this._element.triggerEvent(name, detail, options);
  }

  requestAnimationFrame(callback) {
    requestAnimationFrame(callback);
  }

  setTimeout(callback, milliseconds) {
    return setTimeout(callback, milliseconds);
  }

  clearTimeout(timer) {
    clearTimeout(timer);
  }

  get _dom() {
    return this._element.getBackendElement();
  }
}

function describe(element, host) {
  element._wxsDescriptor ??= new ComponentDescriptor(element, host);
  return element._wxsDescriptor;
}

/** The first part of a path into WXS; a path into data starts with 0. */
const isWxs = (path) => Array.isArray(path) && path[0] !== 0;

/** The hooks that compiled templates call (compiler/templates.js). */
export const wxsHooks = {
  onChange(listener) {
    return (value, old, host, element) => listener(value, old, describe(host, host), describe(element, host));
  },
  onEvent(caller, event, listener, path) {
    if (!isWxs(path)) return listener.call(caller, event);
    const host = caller._$;
    const instance = event.currentTarget ? describe(event.currentTarget._element ?? event.currentTarget, host) : null;
    return listener.call(null, Object.assign(Object.create(event), { instance }), describe(host, host));
  },
};
