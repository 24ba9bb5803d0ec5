import { define, onTap, preset, tell } from './define.js';

/** @param {import('glass-easel').ComponentSpace} space */
export function defineChoices(space) {
  define(space, 'switch', { checked: Boolean, disabled: Boolean, type: preset(String, 'switch'), color: preset(String, '#07c160'), name: String }, {
    attached(element) {
      element.setAttribute('role', 'switch');
      element.wxValue = () => this.data.checked;
      mark.call(this);
      onTap(this, () => {
        if (this.data.disabled) return;
        this.setData({ checked: !this.data.checked });
        tell(this, 'change', { value: this.data.checked });
      });
    },
    observers: { 'checked, disabled, color': mark },
  });
  for (const kind of ['checkbox', 'radio']) {
    defineGroup(space, kind);
    define(space, kind, { value: String, checked: Boolean, disabled: Boolean, color: preset(String, '#07c160') }, {
      attached(element) {
        element.setAttribute('role', kind);
        mark.call(this);
        onTap(this, () => !this.data.disabled && choose(this, element, kind));
      },
      observers: { 'checked, disabled, color': mark },
    });
  }
  define(space, 'slider', { value: Number, min: Number, max: preset(Number, 100), step: preset(Number, 1), disabled: Boolean, showValue: Boolean, name: String, activeColor: String, backgroundColor: String, blockSize: Number }, {
    attached(element) {
      const range = document.createElement('input');
      const { min, max, step, value, disabled } = this.data;
      Object.assign(range, { type: 'range', min, max, step, disabled });
      range.value = String(value);
      range.addEventListener('input', () => tell(this, 'changing', { value: Number(range.value) }));
      range.addEventListener('change', () => tell(this, 'change', { value: Number(range.value) }));
      element.wxValue = () => Number(range.value);
      element.append(range);
    },
  });
}

/** @param {import('glass-easel').ComponentSpace} space @param {string} kind */
function defineGroup(space, kind) {
  define(space, `${kind}-group`, { name: String }, {
    attached(element) {
      element.wxValue = () => {
        const members = [...element.querySelectorAll(`wx-${kind}`)].map((each) => each.wxComponent?.data);
        const values = members.filter((data) => data?.checked).map((data) => data?.value);
        return kind === 'radio' ? (values[0] ?? '') : values;
      };
    },
  });
}

/** @this {import('./define.js').Builtin} */
function mark() {
  const { checked, disabled, color } = this.data;
  this.$$.toggleAttribute('checked', checked);
  this.$$.toggleAttribute('disabled', disabled);
  this.$$.setAttribute('aria-checked', String(checked));
  this.$$.style.setProperty('--choice-colour', color);
}

/** @param {import('./define.js').Builtin} component @param {HTMLElement} element @param {string} kind */
function choose(component, element, kind) {
  const group = element.closest(`wx-${kind}-group`);
  if (kind === 'radio') {
    if (component.data.checked) return;
    for (const other of group?.querySelectorAll('wx-radio') ?? []) other.wxComponent?.setData({ checked: false });
  }
  component.setData({ checked: kind === 'radio' || !component.data.checked });
  if (group?.wxComponent) tell(group.wxComponent, 'change', { value: group.wxValue?.() });
}
