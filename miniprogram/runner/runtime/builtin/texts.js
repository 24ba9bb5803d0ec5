import { define } from './define.js';

/** @import { Builtin } from './define.js' */
/**
 * @typedef {{type: 'text', text: string} | {type?: 'node', name: string, attrs?: Record<string, string>, children?: RichNode[]}} RichNode
 */

const ALLOWED = new Set('A ABBR B BLOCKQUOTE BR CODE DD DEL DIV DL DT EM H1 H2 H3 H4 H5 H6 HR I IMG INS LI OL P SPAN STRONG SUB SUP TABLE TBODY TD TH THEAD TR UL'.split(' '));

/** @param {import('glass-easel').ComponentSpace} space */
export function defineTexts(space) {
  define(space, 'text', { userSelect: Boolean, selectable: Boolean, space: String, decode: Boolean, maxLines: Number, overflow: String }, {
    attached: select,
    observers: { 'userSelect, selectable, space': select },
  });
  define(space, 'icon', { type: String, size: { type: Number, value: 23 }, color: String }, {
    attached: drawIcon,
    observers: { 'type, size, color': drawIcon },
  });
  define(space, 'progress', { percent: Number, showInfo: Boolean, strokeWidth: { type: Number, value: 6 }, activeColor: { type: String, value: '#09bb07' }, backgroundColor: { type: String, value: '#ebebeb' }, borderRadius: Number, active: Boolean }, {
    attached: drawProgress,
    observers: { 'percent, strokeWidth, activeColor, backgroundColor': drawProgress },
  });
  define(space, 'rich-text', { nodes: null, space: String, userSelect: Boolean, mode: String }, { attached: drawRich, observers: { nodes: drawRich } });
}

/** @this {Builtin} */
function select() {
  const { userSelect, selectable, space } = this.data;
  this.$$.style.userSelect = userSelect || selectable ? 'text' : '';
  this.$$.style.whiteSpace = space ? 'pre-wrap' : '';
}

/** @this {Builtin} */
function drawIcon() {
  /** @type {Record<string, string>} */
  const signs = { success: '✔', success_no_circle: '✔', info: 'ℹ', warn: '!', waiting: '…', cancel: '✕', download: '↓', search: '⌕', clear: '✕' };
  const { type, size, color } = this.data;
  this.$$.textContent = signs[type] ?? '';
  Object.assign(this.$$.style, { fontSize: `${size}px`, color });
}

/** @this {Builtin} */
function drawProgress() {
  const { percent, strokeWidth, activeColor, backgroundColor, borderRadius } = this.data;
  const done = document.createElement('i');
  Object.assign(done.style, { display: 'block', height: '100%', width: `${percent}%`, background: activeColor });
  Object.assign(this.$$.style, { display: 'block', height: `${strokeWidth}px`, background: backgroundColor, borderRadius: `${borderRadius}px`, overflow: 'hidden' });
  this.$$.replaceChildren(done);
}

/** HTML or nodes, with only the elements that WeChat shows, and no scripts or addresses of them. @this {Builtin} */
function drawRich() {
  const { nodes } = this.data;
  if (typeof nodes === 'string') {
    const parsed = new DOMParser().parseFromString(nodes, 'text/html');
    this.$$.replaceChildren(...[...parsed.body.childNodes].flatMap(cleaned));
  } else if (Array.isArray(nodes)) this.$$.replaceChildren(...nodes.map(built));
}

/** @param {Node} node @returns {Node[]} */
function cleaned(node) {
  if (node instanceof Text) return [document.createTextNode(node.data)];
  if (!(node instanceof Element)) return [];
  const children = [...node.childNodes].flatMap(cleaned);
  return ALLOWED.has(node.tagName) ? [element(node.tagName, node.attributes, children)] : [];
}

/** @param {RichNode} node @returns {Node} */
function built(node) {
  if (node.type === 'text') return document.createTextNode(node.text);
  const attributes = Object.entries(node.attrs ?? {}).map(([name, value]) => ({ name, value }));
  const tag = ALLOWED.has(node.name.toUpperCase()) ? node.name : 'span';
  return element(tag, attributes, (node.children ?? []).map(built));
}

/** @param {string} tag @param {Iterable<{name: string, value: string}>} attributes @param {Node[]} children */
function element(tag, attributes, children) {
  const made = document.createElement(tag);
  for (const { name, value } of attributes) {
    if (['class', 'style', 'width', 'height', 'alt', 'colspan', 'rowspan'].includes(name)) made.setAttribute(name, value);
    if (name === 'src' && /^(https?:|data:image\/)/.test(value)) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}
