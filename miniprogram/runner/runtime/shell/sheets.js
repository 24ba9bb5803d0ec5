import { gesture } from '../gesture.js';
import { make, overlay } from './dom.js';

const ICONS = { success: '✓', error: '!', loading: '', none: null };
let closeToast = () => {};
let closeLoading = () => {};

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

/** @returns {Promise<{confirm: boolean, cancel: boolean, content?: string}>} */
export function showModal(options) {
  const { title = '', content = '', showCancel = true, cancelText = '取消', confirmText = '确定', editable = false } = options;
  return new Promise((resolve) => {
    const field = editable && make('input.mp-field', { placeholder: options.placeholderText ?? '', value: content });
    const answer = (confirm) => () => {
      close();
      resolve({ confirm, cancel: !confirm, ...(editable && confirm && { content: field.value }) });
    };
    const close = overlay(
      'modal',
      title && make('h2', { textContent: title }),
      editable ? field : make('p', { textContent: content }),
      make(
        'div.mp-buttons',
        {},
        showCancel && make('button.mp-cancel', { textContent: cancelText, onclick: answer(false) }),
        make('button.mp-confirm', { textContent: confirmText, onclick: answer(true) }),
      ),
    );
  });
}

/** @returns {Promise<number>} the index of the tapped item; -1 for none */
export function showActionSheet({ itemList, itemColor = '' }) {
  return new Promise((resolve) => {
    const answer = (index) => () => {
      close();
      resolve(index);
    };
    const items = itemList.map((text, index) => make('button', { textContent: text, style: itemColor && `color:${itemColor}`, onclick: answer(index) }));
    const close = overlay('sheet', ...items, make('button.mp-cancel', { textContent: '取消', onclick: answer(-1) }));
  });
}

/** A sheet from below that asks one thing of a person. @returns {Promise<boolean>} */
export function ask({ kind, title, lines = [], refuse, accept, extra = null }) {
  return new Promise((resolve) => {
    const answer = (value) => () => {
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

/** A full picture that a tap takes away. */
export function showPicture(address) {
  const close = overlay('picture', make('img', { src: address, onclick: () => close() }));
}
