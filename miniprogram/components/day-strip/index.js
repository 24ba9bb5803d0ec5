/** How many days are seen at once, about. */
const SEEN = 4;

/** Days side by side with what each has; `choose` tells the date that was tapped. */
Component({
  options: { virtualHost: true },
  properties: {
    days: { type: Array, value: /** @type {{date: string}[]} */ ([]) },
    chosen: { type: String, value: '' },
  },
  data: {
    /** the day that the strip is scrolled to */
    into: '',
    /** the day that was tapped last */
    tapped: '',
  },
  observers: {
    /** A day that was chosen elsewhere and lies farther on comes into sight; one that was tapped is, and stays where it is. */
    'days, chosen'(days, chosen) {
      const place = days.findIndex(({ date }) => date === chosen);
      if (this.data.tapped !== chosen && place >= SEEN) this.setData({ into: `day-${days[place - 1].date}` });
    },
  },
  methods: {
    /** @param {any} event */
    choose(event) {
      const { date } = event.currentTarget.dataset;
      this.setData({ tapped: date });
      this.triggerEvent('choose', { date });
    },
  },
});
