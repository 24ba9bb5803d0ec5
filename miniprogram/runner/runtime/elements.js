/**
 * The browser's element of one of the engine's, which is there as long as the engine's own is.
 *
 * @param {{getBackendElement(): unknown}} element
 */
export function elementOf(element) {
  return /** @type {HTMLElement} */ (element.getBackendElement());
}
