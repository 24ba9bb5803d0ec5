/**
 * What went wrong or would go wrong on a phone, in the order in which it did. Tests expect this list to stay empty.
 *
 * @type {{kind: string, message: string}[]}
 */
export const problems = [];

/** Those of `wx.onError`; a promise that nobody catches is no error to WeChat. @type {Set<(message: string) => void>} */
export const errorListeners = new Set();

/** @param {'error'|'limit'|'warning'|'wechat'} kind @param {string} message */
export function note(kind, message) {
  keep(kind, message);
  if (kind === 'error') for (const hear of errorListeners) hear(message);
}

/** @param {string} kind @param {string} message */
function keep(kind, message) {
  problems.push({ kind, message });
  console.error(`[${kind}] ${message}`);
}

/** Catches what the mini-program lets go. */
export function watchErrors() {
  addEventListener('error', (event) => {
    // Chromium's notice that an observer went another round; nothing was lost.
    if (event.message.startsWith('ResizeObserver loop')) return;
    note('error', event.error?.stack ?? event.message);
  });
  addEventListener('unhandledrejection', ({ reason }) => keep('error', `unhandled rejection: ${described(reason)}`));
}

/** @param {any} reason what was thrown, which may be anything */
export function described(reason) {
  return reason?.stack ?? reason?.errMsg ?? (typeof reason === 'string' ? reason : JSON.stringify(reason));
}
