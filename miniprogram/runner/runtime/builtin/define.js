/** @import { ComponentSpace, GeneralComponentDefinition } from 'glass-easel' */

/**
 * @typedef {object} Builder glass-easel's, as it is used here
 * @property {(name: string, type: Property) => void} property
 * @property {(fields: string | string[], observe: (this: Builtin, ...values: any[]) => void) => void} observer
 * @property {(methods: Record<string, Function>) => void} methods
 * @property {(name: 'attached', run: (this: Builtin) => void) => void} lifetime
 * @property {() => GeneralComponentDefinition} registerComponent
 */

const ARIA = [
  'ariaRole', 'ariaLabel', 'ariaHidden', 'ariaDisabled', 'ariaChecked', 'ariaSelected', 'ariaExpanded', 'ariaModal', 'ariaLive',
  'ariaValuenow', 'ariaValuemin', 'ariaValuemax', 'ariaValuetext', 'ariaLabelledby', 'ariaDescribedby', 'ariaHaspopup', 'ariaCurrent',
  'ariaBusy',
];
const attributeOf = (/** @type {string} */ property) => (property === 'ariaRole' ? 'role' : property.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`));

/** @typedef {StringConstructor | NumberConstructor | BooleanConstructor | ArrayConstructor | null} PropertyType null: of any type */
/** @typedef {PropertyType | {type: PropertyType, value: unknown}} Property */
/** @typedef {Record<string, Property>} Properties */

/**
 * What a property of such a type holds.
 *
 * @template T
 * @typedef {T extends {type: infer Inner} ? ValueOf<Inner> : T extends StringConstructor ? string : T extends NumberConstructor ? number
 *   : T extends BooleanConstructor ? boolean : T extends ArrayConstructor ? any[] : any} ValueOf
 */
/**
 * @template {Properties} P
 * @typedef {{[K in keyof P]: ValueOf<P[K]>}} DataOf
 */

/**
 * @typedef {object} Builtin any of WeChat's own components
 * @property {HTMLElement} $$ its element
 * @property {string} id
 * @property {Record<string, any>} data
 * @property {Record<string, unknown>} dataset
 * @property {import('glass-easel').ShadowRoot | null} ownerShadowRoot of the component in whose template it stands
 * @property {(values: Record<string, unknown>) => void} setData
 * @property {(name: string, detail: unknown, options: import('glass-easel').EventOptions) => void} triggerEvent
 * @property {(name: string, listener: () => void) => void} addListener
 */

/**
 * A component as its own code knows it: its properties by their types, and what else it has (`Own`: methods, and what it remembers).
 *
 * @template {Properties} [P=any]
 * @template [Own={}]
 * @typedef {Omit<Builtin, 'data'> & {data: DataOf<P>} & Own} BuiltinComponent
 */

/**
 * @template {Properties} P
 * @template [Own={}]
 * @typedef {object} How
 * @property {(this: BuiltinComponent<P, Own>, element: HTMLElement) => void} [attached]
 * @property {Record<string, (this: BuiltinComponent<P, Own>, ...values: any[]) => void>} [observers] by the properties that they watch
 * @property {Record<string, (this: BuiltinComponent<P, Own>, ...given: any[]) => unknown>} [methods]
 */

/**
 * Registers one of WeChat's own components, shown as an element `<wx-name>`.
 *
 * @template {Properties} P
 * @template [Own={}]
 * @param {ComponentSpace} space
 * @param {string} name
 * @param {P} properties name → type, or `{type, value}`
 * @param {How<P, Own>} [how]
 */
export function define(space, name, properties, { attached, observers = {}, methods = {} } = {}) {
  const asOwn = (/** @type {Builtin} */ component) => /** @type {BuiltinComponent<P, Own>} */ (/** @type {unknown} */ (component));
  // What the engine infers from one call to the next is lost in a loop.
  const builder = /** @type {Builder} */ (/** @type {unknown} */ (space.define(`wx-builtin/${name}`)));
  for (const [property, type] of Object.entries({ hidden: Boolean, ...properties })) builder.property(property, type);
  for (const property of ARIA) {
    builder.property(property, { type: null, value: null });
    builder.observer(property, function reflect(/** @type {unknown} */ value) {
      writeAria(this.$$, property, value);
    });
  }
  builder.observer('hidden', function hide(/** @type {unknown} */ isHidden) {
    if (this.$$) this.$$.hidden = Boolean(isHidden);
  });
  for (const [fields, observe] of Object.entries(observers)) {
    builder.observer(fields.split(/,\s*/), function observed(...values) {
      if (this.$$?.wxComponent) observe.apply(asOwn(this), values);
    });
  }
  builder.methods(methods);
  builder.lifetime('attached', function attach() {
    this.$$.wxComponent = this;
    this.$$.hidden = Boolean(this.data.hidden);
    for (const property of ARIA) writeAria(this.$$, property, this.data[property]);
    attached?.call(asOwn(this), this.$$);
  });
  space.setGlobalUsingComponent(`wx-${name}`, builder.registerComponent());
}

/** @param {HTMLElement | undefined} element @param {string} property @param {unknown} value */
function writeAria(element, property, value) {
  if (!element) return;
  const attribute = attributeOf(property);
  if (value === null || value === undefined || value === '') element.removeAttribute(attribute);
  else element.setAttribute(attribute, String(value));
}

/**
 * Triggers an event that does not bubble, as those of WeChat's own components.
 *
 * @param {Builtin} component @param {string} name @param {object} [detail]
 */
export function tell(component, name, detail = {}) {
  component.triggerEvent(name, detail, { bubbles: false, composed: false });
}

/**
 * A property with a default.
 *
 * @template {PropertyType} T
 * @param {T} type @param {unknown} value
 */
export const preset = (type, value) => ({ type, value });

/**
 * Calls `listener` with each tap, also where a listener of the page keeps the browser from making it a click.
 *
 * @param {Builtin} component @param {() => unknown} listener
 */
export function onTap(component, listener) {
  component.addListener('tap', () => listener());
}
