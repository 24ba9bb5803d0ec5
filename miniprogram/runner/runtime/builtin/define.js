const ARIA = [
  'ariaRole', 'ariaLabel', 'ariaHidden', 'ariaDisabled', 'ariaChecked', 'ariaSelected', 'ariaExpanded', 'ariaModal', 'ariaLive',
  'ariaValuenow', 'ariaValuemin', 'ariaValuemax', 'ariaValuetext', 'ariaLabelledby', 'ariaDescribedby', 'ariaHaspopup', 'ariaCurrent',
  'ariaBusy',
];
const attributeOf = (property) => (property === 'ariaRole' ? 'role' : property.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`));

/**
 * Registers one of WeChat's own components, shown as an element `<wx-name>`.
 *
 * @param {any} space glass-easel's component space
 * @param {string} name
 * @param {Record<string, any>} properties name → type, or `{type, value}`
 * @param {{attached?: (element: HTMLElement) => void, observers?: Record<string, Function>, methods?: Record<string, Function>}} [how]
 *     `this` is the component; `this.$$` its element
 */
export function define(space, name, properties, { attached, observers = {}, methods = {} } = {}) {
  const builder = space.define(`wx-builtin/${name}`);
  for (const [property, type] of Object.entries({ hidden: Boolean, ...properties })) builder.property(property, type);
  for (const property of ARIA) {
    builder.property(property, { type: null, value: null });
    builder.observer(property, function reflect(value) {
      writeAria(this.$$, property, value);
    });
  }
  builder.observer('hidden', function hide(isHidden) {
    if (this.$$) this.$$.hidden = Boolean(isHidden);
  });
  for (const [fields, observe] of Object.entries(observers)) {
    builder.observer(fields.split(/,\s*/), function observed(...values) {
      if (this.$$?.wxComponent) observe.apply(this, values);
    });
  }
  builder.methods(methods);
  builder.lifetime('attached', function attach() {
    this.$$.wxComponent = this;
    this.$$.hidden = Boolean(this.data.hidden);
    for (const property of ARIA) writeAria(this.$$, property, this.data[property]);
    attached?.call(this, this.$$);
  });
  space.setGlobalUsingComponent(`wx-${name}`, builder.registerComponent());
}

function writeAria(element, property, value) {
  if (!element) return;
  const attribute = attributeOf(property);
  if (value === null || value === undefined || value === '') element.removeAttribute(attribute);
  else element.setAttribute(attribute, String(value));
}

/** Triggers an event that does not bubble, as those of WeChat's own components. */
export function tell(component, name, detail = {}) {
  component.triggerEvent(name, detail, { bubbles: false, composed: false });
}

/** A property with a default. */
export const preset = (type, value) => ({ type, value });

/** Calls `listener` with each tap, also where a listener of the page keeps the browser from making it a click. */
export function onTap(component, listener) {
  component.addListener('tap', () => listener());
}
