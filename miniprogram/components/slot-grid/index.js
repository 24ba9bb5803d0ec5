/** The windows of a session with what is left of each; `choose` tells the place of the one that was tapped, if it is open. */
Component({
  properties: {
    /** as of `slotRow` */
    slots: { type: Array, value: /** @type {{isOpen: boolean}[]} */ ([]) },
  },

  methods: {
    /** @param {any} event */
    choose(event) {
      const { place } = event.currentTarget.dataset;
      if (this.data.slots[place].isOpen) this.triggerEvent('choose', { place });
    },
  },
});
