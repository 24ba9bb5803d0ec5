import { withPixels } from '../units.js';

/** Inline styles may be written in WeChat's units as well. */
export function acceptUnitsInStyles() {
  const setAttribute = Element.prototype.setAttribute;
  Element.prototype.setAttribute = function setStyle(/** @type {string} */ name, /** @type {string} */ value) {
    return setAttribute.call(this, name, name === 'style' && typeof value === 'string' ? withPixels(value) : value);
  };
}
