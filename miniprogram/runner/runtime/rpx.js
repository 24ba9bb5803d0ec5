/** 750rpx are the width of the screen. */
export function withPixels(text) {
  return text.replace(/(-?\d*\.?\d+)rpx\b/g, (_, number) => `calc(${number} * var(--rpx))`);
}

/** Inline styles may be written in rpx as well. */
export function acceptRpxInStyles() {
  const setAttribute = Element.prototype.setAttribute;
  Element.prototype.setAttribute = function setStyle(name, value) {
    return setAttribute.call(this, name, name === 'style' && typeof value === 'string' ? withPixels(value) : value);
  };
}
