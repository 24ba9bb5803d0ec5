/** A row that leads somewhere: what it is, how it stands, and an arrow. Taps are the page's. */
Component({
  options: { virtualHost: true },
  properties: {
    icon: { type: String, value: '' },
    name: { type: String, value: '' },
    /** How it stands, in a few words, on the right. */
    note: { type: String, value: '' },
    /** What it is for, below its name. */
    about: { type: String, value: '' },
    /** Something waits there. */
    isMarked: { type: Boolean, value: false },
  },
});
