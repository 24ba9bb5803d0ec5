import { EMERGENCY_NUMBER } from '../knowledge/alarms.js';

/** What to do at once, with a tap to call. */
Component({
  options: { virtualHost: true },
  properties: {
    /** A telephone line beside 120: `{number, name}`. @type {{type: ObjectConstructor, value: any}} */
    line: { type: Object, value: null },
  },
  data: { number: EMERGENCY_NUMBER },
  methods: {
    /** @param {any} event */
    call(event) {
      wx.makePhoneCall({ phoneNumber: event.currentTarget.dataset.number }).catch(() => {
        // Whoever does not call after all has decided so.
      });
    },
  },
});
