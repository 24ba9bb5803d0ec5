import { today } from '../../../adapters/clock.js';
import { addDays } from '../../../adapters/day.js';
import { dayRow, sessionRow } from '../../../adapters/session.js';
import { screen } from '../../../behaviors/screen.js';
import { departmentPage } from '../../../services/pages.js';

const DAYS = 14;
const ALL = '全部职称';

Page({
  behaviors: [screen],

  data: {
    days: /** @type {ReturnType<typeof dayRow>[]} */ ([]),
    chosen: '',
    sessions: /** @type {ReturnType<typeof sessionRow>[]} */ ([]),
    titles: /** @type {string[]} */ ([]),
    title: ALL,
    onlyHot: false,
    hasHot: false,
    isEmptyDay: false,
  },

  /** @param {{id?: string, name?: string, date?: string}} query */
  onLoad({ id = '', name = '', date = '' }) {
    this.department = id;
    if (name) wx.setNavigationBarTitle({ title: decodeURIComponent(name) });
    this.setData({ chosen: date });
    return this.load();
  },

  async onPullDownRefresh() {
    await this.load();
    wx.stopPullDownRefresh();
  },

  load() {
    return this.fill(async () => {
      const from = today();
      const { department, days, sessions, viewer } = await departmentPage(this.department, { from, to: addDays(from, DAYS - 1) });
      wx.setNavigationBarTitle({ title: department.name });
      this.sessions = sessions.map((session) => sessionRow(session, from, viewer));
      const rows = days.map((day) => dayRow(day, from));
      const chosen = this.data.chosen || (rows.find((day) => ['open', 'warn'].includes(day.look)) ?? rows.find((day) => day.look !== 'none') ?? rows[0])?.date || from;
      return { days: rows, chosen, isEmpty: this.sessions.length === 0, ...this.shown(chosen, this.data.title, this.data.onlyHot) };
    });
  },

  shown(chosen, title, onlyHot) {
    const ofDay = this.sessions.filter((session) => session.date === chosen);
    const titles = [...new Set(ofDay.filter((session) => session.doctorId !== null).map((session) => session.title))];
    const wanted = titles.includes(title) ? title : ALL;
    const hasHot = ofDay.some((session) => session.isHot);
    const sessions = ofDay.filter((session) => (wanted === ALL || session.title === wanted) && (!onlyHot || !hasHot || session.isHot));
    return {
      sessions, hasHot, title: wanted, titles: titles.length > 1 ? [ALL, ...titles] : [], isEmptyDay: sessions.length === 0,
    };
  },

  /** @param {any} event */
  chooseDay(event) {
    const { date } = event.detail;
    this.setData({ chosen: date, ...this.shown(date, this.data.title, this.data.onlyHot) });
  },

  /** @param {any} event */
  chooseTitle(event) {
    this.setData(this.shown(this.data.chosen, event.currentTarget.dataset.title, this.data.onlyHot));
  },

  toggleHot() {
    const onlyHot = !this.data.onlyHot;
    this.setData({ onlyHot, ...this.shown(this.data.chosen, this.data.title, onlyHot) });
  },

  /** @param {any} event */
  open(event) {
    const session = this.data.sessions[event.currentTarget.dataset.place];
    if (!session.canOpen) {
      wx.showToast({ title: session.offer, icon: 'none' });
      return;
    }
    wx.navigateTo({ url: `/packages/booking/slots/index?session=${session.id}` });
  },
});
