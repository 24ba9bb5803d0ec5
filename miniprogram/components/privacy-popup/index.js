/**
 * Asks for consent to WeChat's privacy guide, at the moment when something private is first asked for. Every page that does so
 * holds one; the page on top answers.
 *
 * @typedef {(answer: {event: 'agree' | 'disagree' | 'exposureAuthorization', buttonId?: string}) => void} Answer
 */

/** @type {Answer[]} */
let waiting = [];

Component({
  data: { isOpen: false },

  pageLifetimes: {
    show() {
      /** @param {any} answer what the typings take for a plain result */
      const open = (answer) => {
        waiting.push(answer);
        answer({ event: 'exposureAuthorization' });
        this.setData({ isOpen: true });
      };
      wx.onNeedPrivacyAuthorization(open);
    },
  },

  methods: {
    agree() {
      this.close({ event: 'agree', buttonId: 'agree-privacy' });
    },

    disagree() {
      this.close({ event: 'disagree' });
    },

    readGuide() {
      wx.openPrivacyContract({});
    },

    /** @param {Parameters<Answer>[0]} answer */
    close(answer) {
      const told = waiting;
      waiting = [];
      this.setData({ isOpen: false });
      for (const tell of told) tell(answer);
    },
  },
});
