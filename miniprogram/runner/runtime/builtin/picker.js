import { make, overlay } from '../shell/dom.js';
import { define, onTap, preset, tell } from './define.js';

/** @import { BuiltinComponent, DataOf } from './define.js' */
/** @typedef {BuiltinComponent<typeof PROPERTIES>} Picker */

const PROPERTIES = {
  mode: preset(String, 'selector'), range: preset(Array, []), rangeKey: String, value: null, disabled: Boolean, start: String, end: String,
  fields: preset(String, 'day'), headerText: String, name: String, level: String, customItem: String,
};

/** @param {import('glass-easel').ComponentSpace} space */
export function definePicker(space) {
  define(space, 'picker', PROPERTIES, {
    attached(element) {
      element.wxValue = () => this.data.value;
      onTap(this, () => !this.data.disabled && open(this));
    },
  });
}

/** @param {Picker} component */
function open(component) {
  const { mode, headerText } = component.data;
  const { element, read } = ['date', 'time'].includes(mode) ? dateField(component.data) : columns(component);
  const close = overlay(
    'picker',
    make(
      'div.mp-bar',
      {},
      make('button.mp-cancel', { textContent: '取消', onclick: () => (close(), tell(component, 'cancel')) }),
      make('span', { textContent: headerText }),
      make('button.mp-confirm', {
        textContent: '确定',
        onclick() {
          const value = read();
          close();
          component.setData({ value });
          tell(component, 'change', { value });
        },
      }),
    ),
    element,
  );
}

/** @param {DataOf<typeof PROPERTIES>} data */
function dateField({ mode, value, start, end, fields }) {
  const type = mode === 'time' ? 'time' : fields === 'month' ? 'month' : 'date';
  const element = make('input.mp-field', { type, value: value ?? '', min: start, max: end });
  return { element, read: () => element.value };
}

/** One column for `selector`, several for `multiSelector`. @param {Picker} component */
function columns(component) {
  const { mode, range, rangeKey, value } = component.data;
  const isMulti = mode === 'multiSelector';
  /** @type {any[][]} */
  const lists = isMulti ? range : [range];
  const chosen = lists.map((_, place) => Number((isMulti ? value?.[place] : value) ?? 0));
  const drawn = lists.map((items, place) => {
    const rows = items.map((item, index) =>
      make('button', { textContent: rangeKey ? item[rangeKey] : item, ariaSelected: String(index === chosen[place]), onclick: () => pick(index) }),
    );
    const pick = (/** @type {number} */ index) => {
      chosen[place] = index;
      rows.forEach((row, at) => (row.ariaSelected = String(at === index)));
      if (isMulti) tell(component, 'columnchange', { column: place, value: index });
    };
    return make('div.mp-column', {}, ...rows);
  });
  return { element: make('div.mp-columns', {}, ...drawn), read: () => (isMulti ? chosen : chosen[0]) };
}
