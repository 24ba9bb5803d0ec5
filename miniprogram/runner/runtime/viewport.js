import { byId } from './shell/dom.js';

/** The area of the page on top, in CSS pixels: what is below the navigation bar and above the tab bar. */
export function viewport() {
  const pages = document.querySelectorAll('.mp-page');
  const element = pages[pages.length - 1] ?? byId('mp-pages');
  const { top, width, height } = element.getBoundingClientRect();
  return { element, top, width, height };
}
