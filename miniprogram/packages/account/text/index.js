import { screen } from '../../../behaviors/screen.js';
import { consentTexts } from '../../../services/consents.js';

Page({
  behaviors: [screen],

  data: { text: /** @type {any} */ (null) },

  /** @param {{kind?: string, version?: string}} query without a version the one in force */
  onLoad({ kind = 'privacy', version = '' }) {
    this.kind = kind;
    this.version = version;
    return this.load();
  },

  load() {
    return this.fill(async () => {
      const texts = await consentTexts(this.version);
      const text = texts.find((each) => each.kind === this.kind) ?? null;
      return { text, isEmpty: text === null };
    });
  },
});
