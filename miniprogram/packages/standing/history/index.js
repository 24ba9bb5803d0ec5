import { today } from '../../../adapters/clock.js';
import { pastRow } from '../../../adapters/standing.js';
import { screen } from '../../../behaviors/screen.js';
import { pastStandings } from '../../../services/standing.js';

Page({
  behaviors: [screen],

  data: {
    rows: /** @type {ReturnType<typeof pastRow>[]} */ ([]),
    hasMore: false,
  },

  /** @param {{patient?: string, hospital?: string}} query */
  onLoad({ patient = '', hospital = '' }) {
    this.of = { patient: Number(patient), hospital };
    this.page = 1;
    return this.load();
  },

  load() {
    return this.fill(async () => {
      const { results, next } = await pastStandings({ ...this.of, page: this.page });
      const rows = [...(this.page === 1 ? [] : this.data.rows), ...results.map((past) => pastRow(past, today()))];
      return { rows, hasMore: next !== null, isEmpty: rows.length === 0 };
    });
  },

  onReachBottom() {
    if (!this.data.hasMore) return undefined;
    this.page += 1;
    return this.load();
  },
});
