/**
 * WeChat's lengths as the browser's: 750rpx are the width of the screen, and 100vh the height of the page without its bars.
 *
 * @param {string} text a value of CSS
 */
export function withPixels(text) {
  return text
    .replace(/(-?\d*\.?\d+)rpx\b/g, (_, number) => `calc(${number} * var(--rpx))`)
    .replace(/(-?\d*\.?\d+)vh\b/g, (_, number) => `${number}cqh`);
}
