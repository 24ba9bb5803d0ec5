const NAMES = { A: 'A 级', B: 'B 级', C: 'C 级', D: 'D 级', unrated: '未评级' };

/** The tier of a standing, as the API names it. */
Component({
  properties: { tier: { type: String, value: 'unrated' } },

  data: { name: NAMES.unrated, kind: 'unrated' },

  observers: {
    tier(tier) {
      const kind = tier in NAMES ? tier : 'unrated';
      this.setData({ kind, name: NAMES[kind] });
    },
  },
});
