/** One field of a form: its name above, what is filled in in the slot, and below it what is wrong or worth knowing. */
Component({
  properties: {
    name: { type: String, value: '' },
    hint: { type: String, value: '' },
    problem: { type: String, value: '' },
  },
});
