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
  document.getElementById('mp-overlay').append(layer);
  return () => layer.remove();
}
