/** One end of the line between a page and the page that it opened. */
class EventChannel {
  constructor() {
    this._listeners = new Map();
    this._other = this;
  }

  on(name, listener) {
    this._listeners.set(name, [...(this._listeners.get(name) ?? []), listener]);
  }

  once(name, listener) {
    const only = (...values) => {
      this.off(name, only);
      listener(...values);
    };
    this.on(name, only);
  }

  off(name, listener) {
    this._listeners.set(name, listener ? (this._listeners.get(name) ?? []).filter((each) => each !== listener) : []);
  }

  emit(name, ...values) {
    for (const listener of [...(this._other._listeners.get(name) ?? [])]) listener(...values);
  }
}

/** @returns {[EventChannel, EventChannel]} the opener's end and the opened page's */
export function eventChannel(events = {}) {
  const opener = new EventChannel();
  const opened = new EventChannel();
  opener._other = opened;
  opened._other = opener;
  for (const [name, listener] of Object.entries(events)) opener.on(name, listener);
  return [opener, opened];
}
