import { define, tell } from './define.js';

export function defineForm(space) {
  define(space, 'form', { reportSubmit: Boolean }, {
    methods: {
      submit() {
        const fields = [...this.$$.querySelectorAll('*')].filter((each) => each.wxValue && each.wxComponent.data.name);
        tell(this, 'submit', { value: Object.fromEntries(fields.map((each) => [each.wxComponent.data.name, each.wxValue()])) });
      },
      reset() {
        tell(this, 'reset');
      },
    },
  });
}
