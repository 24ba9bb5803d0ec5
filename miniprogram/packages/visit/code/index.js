import { today } from '../../../adapters/clock.js';
import { clockOf, instantText } from '../../../adapters/day.js';
import { screen } from '../../../behaviors/screen.js';
import { checkInCode } from '../../../services/appointments.js';

/** A new code is fetched so long before the shown one ends: it may be in a scanner's hand. */
const BEFORE_END_MS = 30_000;

Page({
  behaviors: [screen],

  data: { who: '', when: '', image: '', until: '', isQueueFree: false },

  /** @param {{code?: string}} query */
  onLoad({ code = '' }) {
    this.code = code;
  },

  onShow() {
    return this.load();
  },

  onHide() {
    clearTimeout(this.timer);
  },

  onUnload() {
    clearTimeout(this.timer);
  },

  load() {
    clearTimeout(this.timer);
    return this.fill(async () => {
      const found = await checkInCode(this.code);
      this.timer = setTimeout(() => this.load(), Math.max(5_000, Date.parse(found.expires_at) - Date.now() - BEFORE_END_MS));
      return {
        who: `${found.patient_name} · ${found.department_name}`,
        when: instantText(found.starts_at, today()),
        image: found.image,
        until: clockOf(found.expires_at),
        isQueueFree: found.is_registration_queue_free,
      };
    });
  },
});
