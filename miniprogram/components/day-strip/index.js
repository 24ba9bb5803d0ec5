/** Days side by side with what each has; `choose` tells the date that was tapped. */
Component({
  options: { virtualHost: true },
  properties: {
    days: { type: Array, value: [] },
    chosen: { type: String, value: '' },
  },
  methods: {
    /** @param {any} event */
    choose(event) {
      this.triggerEvent('choose', { date: event.currentTarget.dataset.date });
    },
  },
});
