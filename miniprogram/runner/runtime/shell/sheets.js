import { gesture } from '../gesture.js';
import { make, overlay } from './dom.js';

/** @type {Record<string, string | null>} */
const ICONS = { success: '✓', error: '!', loading: '', none: null };
let closeToast = () => {};
let closeLoading = () => {};

/** @param {{title?: string, icon?: string, duration?: number, mask?: boolean}} options of `wx.showToast` */
export function showToast({ title = '', icon = 'success', duration = 1500, mask = false }) {
  hideToast();
  const sign = ICONS[icon] ?? null;
  const close = overlay(
    `toast${mask ? '.mp-masking' : ''}`,
    sign === null ? null : make(`div.mp-sign.mp-sign-${icon}`, { textContent: sign }),
    make('div', { textContent: title, role: 'status' }),
  );
  const timer = setTimeout(hideToast, duration);
  closeToast = () => {
    clearTimeout(timer);
    close();
  };
}

export function hideToast() {
  closeToast();
  closeToast = () => {};
}

/** @param {{title?: string, mask?: boolean}} options of `wx.showLoading` */
export function showLoading({ title = '', mask = false }) {
  hideLoading();
  closeLoading = overlay(
    `toast${mask ? '.mp-masking' : ''}`,
    make('div.mp-sign.mp-sign-loading'),
    make('div', { textContent: title, role: 'status' }),
  );
}

export function hideLoading() {
  closeLoading();
  closeLoading = () => {};
}

/**
 * @typedef {object} ModalOptions of `wx.showModal`
 * @property {string} [title]
 * @property {string} [content]
 * @property {boolean} [showCancel]
 * @property {string} [cancelText]
 * @property {string} [confirmText]
 * @property {boolean} [editable]
 * @property {string} [placeholderText]
 */

/** @param {ModalOptions} options @returns {Promise<{confirm: boolean, cancel: boolean, content?: string}>} */
export function showModal(options) {
  const { title = '', content = '', showCancel = true, cancelText = '取消', confirmText = '确定', editable = false } = options;
  return new Promise((resolve) => {
    const field = editable ? make('input.mp-field', { placeholder: options.placeholderText ?? '', value: content }) : null;
    const answer = (/** @type {boolean} */ confirm) => () => {
      close();
      resolve({ confirm, cancel: !confirm, ...(field && confirm && { content: field.value }) });
    };
    const close = overlay(
      'modal',
      title && make('h2', { textContent: title }),
      field ?? make('p', { textContent: content }),
      make(
        'div.mp-buttons',
        {},
        showCancel && make('button.mp-cancel', { textContent: cancelText, onclick: answer(false) }),
        make('button.mp-confirm', { textContent: confirmText, onclick: answer(true) }),
      ),
    );
  });
}

/**
 * @param {{itemList: string[], itemColor?: string}} options of `wx.showActionSheet`
 * @returns {Promise<number>} the index of the tapped item; -1 for none
 */
export function showActionSheet({ itemList, itemColor = '' }) {
  return new Promise((resolve) => {
    const answer = (/** @type {number} */ index) => () => {
      close();
      resolve(index);
    };
    const items = itemList.map((text, index) => make('button', { textContent: text, style: itemColor && `color:${itemColor}`, onclick: answer(index) }));
    const close = overlay('sheet', ...items, make('button.mp-cancel', { textContent: '取消', onclick: answer(-1) }));
  });
}

/**
 * A sheet from below that asks one thing of a person.
 *
 * @param {{kind: string, title: string, lines?: string[], refuse: string, accept: string, extra?: Node | null}} question
 * @returns {Promise<boolean>}
 */
export function ask({ kind, title, lines = [], refuse, accept, extra = null }) {
  return new Promise((resolve) => {
    const answer = (/** @type {boolean} */ value) => () => {
      gesture.begin();
      close();
      resolve(value);
    };
    const close = overlay(
      `ask.mp-${kind}`,
      make('h2', { textContent: title }),
      ...lines.map((line) => make('p', { textContent: line })),
      extra,
      make(
        'div.mp-choice',
        {},
        make('button.mp-refuse', { textContent: refuse, onclick: answer(false) }),
        make('button.mp-accept', { textContent: accept, onclick: answer(true) }),
      ),
    );
  });
}

/** A full picture that a tap takes away. @param {string} address */
export function showPicture(address) {
  const close = overlay('picture', make('img', { src: address, onclick: () => close() }));
}
