import { MiniProgramEnv, glassEasel } from 'glass-easel-miniprogram-adapter';

import { gesture } from './gesture.js';
import { described, note } from './problems.js';
import { wxsHooks } from './wxs_events.js';

/** @import { Miniprogram } from '../compiler/build.js' */
/** @typedef {ReturnType<typeof createEngine>} Engine */

/** What the browser itself tells of; all else is triggered by the components of `builtin/`. */
const BROWSER_EVENTS = new Set([
  'touchstart', 'touchmove', 'touchend', 'touchcancel', 'transitionend', 'animationstart', 'animationiteration', 'animationend',
]);
/** A list that is not there yet is an empty one on a phone. */
const HARMLESS = /^The for-list data .* got type "undefined"/;
const LONG_PRESS_MS = 350;
const PRESS_SLACK = 10;

/**
 * glass-easel with the mini-program's components registered by name, ready to create pages.
 *
 * @param {Miniprogram} miniprogram
 */
export function createEngine(miniprogram) {
  glassEasel.globalOptions.throwGlobalError = false;
  glassEasel.globalOptions.writeIdToDOM = true;
  glassEasel.addGlobalErrorListener((error, method, component) => {
    note('error', [pathOf(component), method, described(error)].filter(Boolean).join(' '));
    return false;
  });
  glassEasel.addGlobalWarningListener((message, component) => {
    const path = pathOf(component);
    const isOwn = path && !path.includes('miniprogram_npm/');
    if (isOwn && !HARMLESS.test(message)) note('warning', `${path}: ${message}`);
    return false;
  });
  globalThis.__wxs = wxsHooks;
  const environment = new MiniProgramEnv();
  const space = environment.createCodeSpace('', true);
  const context = createContext();
  const showSheetOf = useSheets(context, miniprogram);
  for (const [path, config] of Object.entries(miniprogram.components)) {
    space.addComponentStaticConfig(path, config);
    space.addCompiledTemplate(path, { groupList: miniprogram.templates, content: miniprogram.templates[path] });
    space.addStyleSheet(path, path in miniprogram.sheets ? path : undefined, miniprogram.scopes[path]);
  }
  space.addStyleSheet('app', 'app');
  const backend = environment.associateBackend(context);
  return { space, createRoot: (/** @type {string} */ path) => backend.createRoot('wx-page-root', space, path), showSheetOf };
}

/** @param {import('glass-easel').GeneralComponent | string | undefined} component @returns {string} */
function pathOf(component) {
  return typeof component === 'string' ? component : (component?.is ?? '');
}

function createContext() {
  const context = new glassEasel.CurrentWindowBackendContext();
  context.onEvent((target, type, detail, options) => {
    const original = /** @type {Partial<TouchEvent>} */ (options.originalEvent ?? {});
    const event = new glassEasel.Event(type, type.startsWith('touch') ? {} : detail, {
      ...options,
      extraFields: { touches: touches(original.touches), changedTouches: touches(original.changedTouches) },
    });
    if (type === 'tap' && original.isTrusted) gesture.begin(/** @type {Element} */ (original.target));
    glassEasel.Event.dispatchEvent(target, event);
    return event.getEventBubbleStatus();
  });
  const listen = context.setListenerStats.bind(context);
  context.setListenerStats = (element, type, capture, level) => {
    if (BROWSER_EVENTS.has(type)) listen(element, type, capture, level);
  };
  watchLongPress();
  return context;
}

/** @param {TouchList | undefined} list as a mini-program knows them */
function touches(list) {
  return [...(list ?? [])].map(({ identifier, clientX, clientY, pageX, pageY }) => ({ identifier, clientX, clientY, pageX, pageY }));
}

/**
 * A style sheet is added once; those of pages apply while their page is on top.
 *
 * @param {InstanceType<typeof glassEasel.CurrentWindowBackendContext>} context
 * @param {Miniprogram} miniprogram
 * @returns {(route: string) => void} shows the sheet of a page that has come to the top
 */
function useSheets(context, { sheets, pages }) {
  /** @type {Record<string, HTMLStyleElement>} */
  const added = {};
  context.appendStyleSheetPath = (path) => {
    if (added[path]) return 0;
    const sheet = document.createElement('style');
    sheet.dataset.path = path;
    sheet.textContent = sheets[path] ?? '';
    if (path === 'app') document.head.querySelector('style[data-path]')?.before(sheet) ?? document.head.append(sheet);
    else document.head.append(sheet);
    added[path] = sheet;
    return 0;
  };
  return (route) => {
    for (const page of pages) if (added[page]) added[page].disabled = page !== route;
  };
}

/** `longpress`: a finger that stays where it is. */
function watchLongPress() {
  /** @type {{timer?: ReturnType<typeof setTimeout>, x: number, y: number}} */
  let press = { x: 0, y: 0 };
  const start = (/** @type {TouchEvent | MouseEvent} */ event) => {
    const { clientX, clientY } = 'touches' in event ? event.touches[0] : event;
    clearTimeout(press.timer);
    press = { timer: setTimeout(() => triggerLongPress(event.target, clientX, clientY), LONG_PRESS_MS), x: clientX, y: clientY };
  };
  const move = (/** @type {TouchEvent | MouseEvent} */ event) => {
    const { clientX, clientY } = 'touches' in event ? event.touches[0] : event;
    if (Math.hypot(clientX - press.x, clientY - press.y) > PRESS_SLACK) clearTimeout(press.timer);
  };
  const end = () => clearTimeout(press.timer);
  const listeners = {
    touchstart: start, mousedown: start, touchmove: move, mousemove: move, touchend: end, touchcancel: end, mouseup: end,
  };
  for (const [type, listener] of Object.entries(listeners)) {
    document.addEventListener(type, /** @type {EventListener} */ (listener), { capture: true, passive: true });
  }
}

/** @param {EventTarget | null} dom @param {number} x @param {number} y */
function triggerLongPress(dom, x, y) {
  let at = /** @type {Node | null} */ (dom);
  while (at && !at.__wxElement) at = at.parentNode;
  if (!at?.__wxElement) return;
  const event = new glassEasel.Event('longpress', { x, y }, { bubbles: true, composed: true, capturePhase: true });
  glassEasel.Event.dispatchEvent(at.__wxElement, event);
}
