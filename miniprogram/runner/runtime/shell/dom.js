/**
 * @param {string} tag such as `button.mp-primary`
 * @param {Record<string, any>} [properties] `onclick`, `textContent` and the like
 * @param {...(Node|string|null|undefined|false)} children
 */
export function make(tag, properties = {}, ...children) {
  const [name, ...classes] = tag.split('.');
  const element = document.createElement(name || 'div');
  element.className = classes.join(' ');
  Object.assign(element, properties);
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Lays something over the pages. @returns {() => void} takes it away */
export function overlay(kind, ...children) {
  const layer = make(`div.mp-layer.mp-${kind}`, {}, make('div.mp-box', {}, ...children));
  ignoreOpeningTap(layer);
  document.getElementById('mp-overlay').append(layer);
  return () => layer.remove();
}

/**
 * A page hears of a tap when the finger leaves, and the browser makes a click of the same tap a moment later, at the same place: what a
 * page lays there in between must not take it for an answer. A click counts where the finger came down on the layer, and from a keyboard.
 */
function ignoreOpeningTap(layer) {
  let isTouched = false;
  layer.addEventListener('pointerdown', () => (isTouched = true), { capture: true });
  layer.addEventListener('click', (event) => {
    const isOfFinger = event.isTrusted && event.detail > 0;
    if (isOfFinger && !isTouched) event.stopPropagation();
  }, { capture: true });
}
