/** A booking in a list: who, when, how it stands and what is to be done next. Taps are the page's. */
Component({
  options: { virtualHost: true },
  properties: { visit: { type: Object, value: {} } },
});
