import { define, tell } from './define.js';

/** @typedef {{submit(): void, reset(): void}} FormMethods */

/** @param {import('glass-easel').ComponentSpace} space */
export function defineForm(space) {
  define(space, 'form', { reportSubmit: Boolean }, {
    methods: {
      submit() {
        /** @type {Record<string, unknown>} */
        const value = {};
        for (const { wxComponent, wxValue } of this.$$.querySelectorAll('*')) {
          const name = wxComponent?.data.name;
          if (wxValue && name) value[name] = wxValue();
        }
        tell(this, 'submit', { value });
      },
      reset() {
        tell(this, 'reset');
      },
    },
  });
}
