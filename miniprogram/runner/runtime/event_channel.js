/** @typedef {(...values: any[]) => void} Listener of the mini-program */

/** One end of the line between a page and the page that it opened. */
export class EventChannel {
  constructor() {
    /** @type {Map<string, Listener[]>} */
    this._listeners = new Map();
    /** @type {EventChannel} */
    this._other = this;
  }

  /** @param {string} name @param {Listener} listener */
  on(name, listener) {
    this._listeners.set(name, [...(this._listeners.get(name) ?? []), listener]);
  }

  /** @param {string} name @param {Listener} listener */
  once(name, listener) {
    const only = (/** @type {any[]} */ ...values) => {
      this.off(name, only);
      listener(...values);
    };
    this.on(name, only);
  }

  /** @param {string} name @param {Listener} [listener] all of the name where none is given */
  off(name, listener) {
    this._listeners.set(name, listener ? (this._listeners.get(name) ?? []).filter((each) => each !== listener) : []);
  }

  /** @param {string} name @param {...any} values */
  emit(name, ...values) {
    for (const listener of [...(this._other._listeners.get(name) ?? [])]) listener(...values);
  }
}

/**
 * @param {Record<string, Listener>} [events] the opener's listeners
 * @returns {[EventChannel, EventChannel]} the opener's end and the opened page's
 */
export function eventChannel(events = {}) {
  const opener = new EventChannel();
  const opened = new EventChannel();
  opener._other = opened;
  opened._other = opener;
  for (const [name, listener] of Object.entries(events)) opener.on(name, listener);
  return [opener, opened];
}
