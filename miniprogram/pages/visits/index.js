import { listAppointments } from '../../services/appointments.js';

Page({
  data: {
    /** @type {'loading' | 'ready' | 'empty' | 'failed'} */
    state: 'loading',
    appointments: /** @type {any[]} */ ([]),
    message: '',
  },

  onShow() {
    return this.load();
  },

  async load() {
    try {
      const { results } = await listAppointments();
      this.setData({ state: results.length > 0 ? 'ready' : 'empty', appointments: results });
    } catch (error) {
      this.setData({ state: 'failed', message: error.message });
    }
  },
});
