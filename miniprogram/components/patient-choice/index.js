/** Who it is for: `choose` tells the id that was tapped, `add` that another patient is wanted. */
Component({
  options: { virtualHost: true },

  properties: {
    /** `{id, name, note}` each */
    patients: { type: Array, value: [] },
    chosen: { type: Number, value: 0 },
  },

  methods: {
    /** @param {any} event */
    choose(event) {
      this.triggerEvent('choose', { id: event.currentTarget.dataset.id });
    },

    add() {
      this.triggerEvent('add');
    },
  },
});
