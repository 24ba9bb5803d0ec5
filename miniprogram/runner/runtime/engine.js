import { MiniProgramEnv, glassEasel } from 'glass-easel-miniprogram-adapter';

import { gesture } from './gesture.js';
import { described, note } from './problems.js';
import { wxsHooks } from './wxs_events.js';

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
 * @param {any} miniprogram what the compiler made
 */
export function createEngine(miniprogram) {
  glassEasel.globalOptions.throwGlobalError = false;
  glassEasel.globalOptions.writeIdToDOM = true;
  glassEasel.addGlobalErrorListener((error, { element, method } = {}) => {
    note('error', [element?.is, method, described(error)].filter(Boolean).join(' '));
    return false;
  });
  glassEasel.addGlobalWarningListener((message, component) => {
    const isOwn = component?.is && !component.is.includes('miniprogram_npm/');
    if (isOwn && !HARMLESS.test(message)) note('warning', `${component.is}: ${message}`);
    return false;
  });
  globalThis.__wxs = wxsHooks;
  const environment = new MiniProgramEnv();
  const space = environment.createCodeSpace('', true);
  const context = createContext(miniprogram);
  for (const [path, config] of Object.entries(miniprogram.components)) {
    space.addComponentStaticConfig(path, config);
    space.addCompiledTemplate(path, { groupList: miniprogram.templates, content: miniprogram.templates[path] });
    space.addStyleSheet(path, path in miniprogram.sheets ? path : undefined, miniprogram.scopes[path]);
  }
  space.addStyleSheet('app', 'app');
  const backend = environment.associateBackend(context);
  return { space, createRoot: (path) => backend.createRoot('wx-page-root', space, path), showSheetOf: context.showSheetOf };
}

function createContext(miniprogram) {
  const context = new glassEasel.CurrentWindowBackendContext();
  context.onEvent((target, type, detail, options) => {
    const original = options.originalEvent ?? {};
    const event = new glassEasel.Event(type, type.startsWith('touch') ? {} : detail, {
      ...options,
      extraFields: { touches: touches(original.touches), changedTouches: touches(original.changedTouches) },
    });
    if (type === 'tap' && original.isTrusted) gesture.begin(original.target);
    glassEasel.Event.dispatchEvent(target, event);
    return event.getEventBubbleStatus();
  });
  const listen = context.setListenerStats.bind(context);
  context.setListenerStats = (element, type, capture, level) => {
    if (BROWSER_EVENTS.has(type)) listen(element, type, capture, level);
  };
  watchLongPress();
  useSheets(context, miniprogram);
  return context;
}

function touches(list) {
  return [...(list ?? [])].map(({ identifier, clientX, clientY, pageX, pageY }) => ({ identifier, clientX, clientY, pageX, pageY }));
}

/** A style sheet is added once; those of pages apply while their page is on top. */
function useSheets(context, { sheets, pages }) {
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
  context.showSheetOf = (route) => {
    for (const page of pages) if (added[page]) added[page].disabled = page !== route;
  };
}

/** `longpress`: a finger that stays where it is. */
function watchLongPress() {
  let press = { timer: 0, x: 0, y: 0 };
  const start = (event) => {
    const { clientX, clientY } = event.touches?.[0] ?? event;
    clearTimeout(press.timer);
    press = { timer: setTimeout(() => triggerLongPress(event.target, clientX, clientY), LONG_PRESS_MS), x: clientX, y: clientY };
  };
  const move = (event) => {
    const { clientX, clientY } = event.touches?.[0] ?? event;
    if (Math.hypot(clientX - press.x, clientY - press.y) > PRESS_SLACK) clearTimeout(press.timer);
  };
  const end = () => clearTimeout(press.timer);
  const listeners = {
    touchstart: start, mousedown: start, touchmove: move, mousemove: move, touchend: end, touchcancel: end, mouseup: end,
  };
  for (const [type, listener] of Object.entries(listeners)) {
    document.addEventListener(type, listener, { capture: true, passive: true });
  }
}

function triggerLongPress(dom, x, y) {
  let at = dom;
  while (at && !at.__wxElement) at = at.parentNode;
  if (!at) return;
  const event = new glassEasel.Event('longpress', { x, y }, { bubbles: true, composed: true, capturePhase: true });
  glassEasel.Event.dispatchEvent(at.__wxElement, event);
}
