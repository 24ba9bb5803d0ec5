import { define, preset, tell } from './define.js';

/** @import { BuiltinComponent, How } from './define.js' */
/**
 * @typedef {object} FieldState
 * @property {HTMLInputElement | HTMLTextAreaElement} field
 * @property {string} lastChange what `change` told last
 * @property {() => void} configure
 * @property {() => void} grow
 */

const PROPERTIES = {
  value: null, type: preset(String, 'text'), password: Boolean, placeholder: String, placeholderStyle: String, placeholderClass: String,
  disabled: Boolean, maxlength: preset(Number, 140), cursorSpacing: Number, autoFocus: Boolean, focus: Boolean,
  confirmType: preset(String, 'done'), alwaysEmbed: Boolean, confirmHold: Boolean, cursor: preset(Number, -1),
  selectionStart: preset(Number, -1), selectionEnd: preset(Number, -1), adjustPosition: preset(Boolean, true), holdKeyboard: Boolean,
  name: String, autoHeight: Boolean, fixed: Boolean, showConfirmBar: preset(Boolean, true), disableDefaultPadding: Boolean,
  cursorColor: String, safePasswordCertPath: String, safePasswordLength: Number, safePasswordTimeStamp: Number, safePasswordNonce: String,
  safePasswordSalt: String, safePasswordCustomHash: String,
};
/** @type {Record<string, string>} */
const KEYBOARDS = { number: 'numeric', digit: 'decimal', idcard: 'text', tel: 'tel', nickname: 'text' };

/** @param {import('glass-easel').ComponentSpace} space */
export function defineFields(space) {
  for (const tag of /** @type {const} */ (['input', 'textarea'])) define(space, tag, PROPERTIES, field(tag));
}

/** @param {'input' | 'textarea'} tag @returns {How<typeof PROPERTIES, FieldState>} */
function field(tag) {
  return {
    attached(element) {
      this.field = document.createElement(tag);
      this.field.value = this.data.value ?? '';
      this.lastChange = this.field.value;
      element.append(this.field);
      element.wxValue = () => this.field.value;
      this.configure();
      listen(this);
      if (this.data.focus || this.data.autoFocus) this.field.focus();
    },
    methods: {
      configure() {
        const { placeholder, disabled, maxlength, password, type } = this.data;
        Object.assign(this.field, { placeholder, disabled });
        if (maxlength > 0) this.field.maxLength = maxlength;
        else this.field.removeAttribute('maxlength');
        if (this.field instanceof HTMLInputElement) this.field.type = password ? 'password' : 'text';
        this.field.inputMode = KEYBOARDS[type] ?? 'text';
        this.grow();
      },
      grow() {
        if (tag !== 'textarea' || !this.data.autoHeight) return;
        this.$$.style.height = 'auto';
        this.field.style.height = 'auto';
        this.field.style.height = `${this.field.scrollHeight}px`;
      },
    },
    observers: {
      value(value) {
        const text = String(value ?? '');
        if (this.field.value !== text) this.field.value = text;
        this.grow();
      },
      'placeholder, disabled, maxlength, password, type'() {
        this.configure();
      },
      focus(isWanted) {
        if (isWanted) this.field.focus();
        else this.field.blur();
      },
    },
  };
}

/** @param {BuiltinComponent<typeof PROPERTIES, FieldState>} component */
function listen(component) {
  const input = /** @type {HTMLElement & Pick<HTMLInputElement, 'value' | 'selectionStart'>} */ (component.field);
  const told = (extra = {}) => ({ value: input.value, ...extra });
  input.addEventListener('input', (event) => {
    event.stopPropagation();
    component.setData({ value: input.value });
    component.grow();
    tell(component, 'input', told({ cursor: input.selectionStart, keyCode: 0 }));
  });
  input.addEventListener('focus', () => tell(component, 'focus', told({ height: 0 })));
  input.addEventListener('blur', () => {
    tell(component, 'blur', told({ cursor: input.selectionStart }));
    if (component.lastChange !== input.value) tell(component, 'change', told());
    component.lastChange = input.value;
  });
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && input.localName === 'input') tell(component, 'confirm', told());
  });
}
