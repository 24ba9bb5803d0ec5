/** Whether a person's tap, or the answer of the payment sheet, is being handled: some APIs open only then. */
export const gesture = {
  isActive: false,
  /** @type {Element | null} what was tapped last */
  target: null,
  /** @param {Element | null} [target] */
  begin(target = null) {
    gesture.target = target;
    gesture.isActive = true;
    // A listener may await what is ready at once, but not an answer from elsewhere.
    setTimeout(() => (gesture.isActive = false));
  },
};
