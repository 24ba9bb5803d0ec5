/** A session to choose: who, when, what it costs and what is left. Taps are the page's. */
Component({
  options: { virtualHost: true },
  properties: {
    session: { type: Object, value: {} },
    /** `doctor`: a page of days, led by who; `day`: a doctor's page, led by when. */
    lead: { type: String, value: 'doctor' },
  },
});
