/**
 * The element of a tag such as `input.mp-field`.
 *
 * @template {string} T
 * @typedef {T extends `${infer Name}.${string}` ? Named<Name> : Named<T>} Made
 */
/**
 * @template {string} N
 * @typedef {N extends 'input' ? HTMLInputElement : HTMLElement} Named
 */

/** An element of the shell itself. @param {string} id */
export function byId(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

/**
 * @template {string} T
 * @param {T} tag such as `button.mp-primary`
 * @param {Record<string, unknown>} [properties] `onclick`, `textContent` and the like
 * @param {...(Node | string | null | undefined | false)} children
 * @returns {Made<T>}
 */
export function make(tag, properties = {}, ...children) {
  const [name, ...classes] = tag.split('.');
  const element = document.createElement(name);
  element.className = classes.join(' ');
  Object.assign(element, properties);
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return /** @type {Made<T>} */ (element);
}

/**
 * Lays something over the pages.
 *
 * @param {string} kind @param {...(Node | string | null | undefined | false)} children
 * @returns {() => void} takes it away
 */
export function overlay(kind, ...children) {
  const layer = make(`div.mp-layer.mp-${kind}`, {}, make('div.mp-box', {}, ...children));
  ignoreOpeningTap(layer);
  byId('mp-overlay').append(layer);
  return () => layer.remove();
}

/**
 * A page hears of a tap when the finger leaves, and the browser makes a click of the same tap a moment later, at the same place: what a
 * page lays there in between must not take it for an answer. A click counts where the finger came down on the layer, and from a keyboard.
 *
 * @param {HTMLElement} layer
 */
function ignoreOpeningTap(layer) {
  let isTouched = false;
  layer.addEventListener('pointerdown', () => (isTouched = true), { capture: true });
  layer.addEventListener('click', (event) => {
    const isOfFinger = event.isTrusted && event.detail > 0;
    if (isOfFinger && !isTouched) event.stopPropagation();
  }, { capture: true });
}
