import { glassEasel, component } from 'glass-easel-miniprogram-adapter';

import { elementOf } from './elements.js';
import { viewport } from './viewport.js';

/** @import { GeneralComponent } from 'glass-easel' */

/**
 * @typedef {object} Fields what is asked of an element
 * @property {boolean} [id]
 * @property {boolean} [dataset]
 * @property {boolean} [mark]
 * @property {boolean} [rect]
 * @property {boolean} [size]
 * @property {boolean} [scrollOffset]
 * @property {boolean} [node]
 * @property {boolean} [context]
 * @property {string[]} [computedStyle]
 * @property {string[]} [properties]
 */

/** @typedef {Record<string, unknown>} Answer */
/** @typedef {(answer: any) => void} Callback of the mini-program */
/** @typedef {import('glass-easel').Element} WxElement */
/** @typedef {(read: (element: WxElement) => Answer, fields: Fields) => Answer | Answer[] | null} Find */
/** @typedef {{_$: GeneralComponent}} Caller a page or component as its own code knows it */

const RECT = { id: true, dataset: true, rect: true, size: true };
const SCROLL = { id: true, dataset: true, scrollOffset: true };

class NodesRef {
  /** @param {SelectorQuery} query @param {Find} find */
  constructor(query, find) {
    this._query = query;
    this._find = find;
  }

  /** @param {Fields} fields @param {Callback} [callback] */
  fields(fields, callback) {
    return this._query._add(this._find, fields, callback);
  }

  /** @param {Callback} [callback] */
  boundingClientRect(callback) {
    return this.fields(RECT, callback);
  }

  /** @param {Callback} [callback] */
  scrollOffset(callback) {
    return this.fields(SCROLL, callback);
  }

  /** @param {Callback} [callback] */
  node(callback) {
    return this.fields({ node: true }, callback);
  }

  /** @param {Callback} [callback] */
  context(callback) {
    return this.fields({ context: true }, callback);
  }
}

/** `wx.createSelectorQuery`: questions are gathered, and answered by `exec` after what is pending has been drawn. */
export class SelectorQuery {
  /** @param {Caller} caller */
  constructor(caller) {
    this._caller = caller;
    /** @type {{find: Find, fields: Fields, callback?: Callback}[]} */
    this._questions = [];
  }

  /** @param {Caller} caller */
  in(caller) {
    this._caller = caller;
    return this;
  }

  /** @param {string} selector */
  select(selector) {
    const root = this._root();
    return new NodesRef(this, (read) => {
      const found = root?.querySelector(selector);
      return found ? read(found) : null;
    });
  }

  /** @param {string} selector */
  selectAll(selector) {
    const root = this._root();
    return new NodesRef(this, (read) => (root?.querySelectorAll(selector) ?? []).map(read));
  }

  selectViewport() {
    return new NodesRef(this, (_, fields) => readViewport(fields));
  }

  /** @param {(answers: any[]) => void} [callback] */
  exec(callback) {
    setTimeout(() => {
      const answers = this._questions.map(({ find, fields, callback: own }) => {
        const answer = find((element) => readElement(element, fields), fields);
        own?.call(this._caller, answer);
        return answer;
      });
      callback?.call(this._caller, answers);
    });
    return this;
  }

  _root() {
    return this._caller._$.getShadowRoot();
  }

  /** @param {Find} find @param {Fields} fields @param {Callback} [callback] */
  _add(find, fields, callback) {
    this._questions.push({ find, fields, callback });
    return this;
  }
}

/**
 * Positions count from the page's top left corner, below the navigation bar.
 *
 * @param {WxElement} element @param {Fields} fields
 */
function readElement(element, fields) {
  const dom = elementOf(element);
  /** @type {Answer} */
  const read = {};
  if (fields.id) read.id = element.id;
  if (fields.dataset) read.dataset = element.dataset;
  if (fields.mark) read.mark = element.collectMarks();
  if (fields.rect || fields.size) Object.assign(read, readRect(dom.getBoundingClientRect(), fields));
  if (fields.scrollOffset) {
    const { scrollLeft, scrollTop, scrollWidth, scrollHeight } = dom;
    Object.assign(read, { scrollLeft, scrollTop, scrollWidth, scrollHeight });
  }
  if (fields.computedStyle) {
    const style = getComputedStyle(dom);
    for (const name of fields.computedStyle) read[name] = style[/** @type {keyof CSSStyleDeclaration} */ (name)];
  }
  /** @type {unknown} */
  const node = element; // comparing the engine's types with each other takes the type checker seconds
  if (fields.properties && glassEasel.Component.isComponent(node)) {
    for (const name of fields.properties) read[name] = structuredClone(node.data[name]);
  }
  if (fields.node) read.node = dom.canvasNode ?? null;
  return read;
}

/** @param {DOMRect} rect @param {Fields} fields */
function readRect({ left, top, width, height }, fields) {
  const { top: origin } = viewport();
  return {
    ...(fields.rect && { left, top: top - origin, right: left + width, bottom: top - origin + height }),
    ...(fields.size && { width, height }),
  };
}

/** @param {Fields} fields */
function readViewport(fields) {
  const { width, height, element } = viewport();
  return {
    ...(fields.id && { id: '' }),
    ...(fields.dataset && { dataset: {} }),
    ...(fields.rect && { left: 0, top: 0, right: width, bottom: height }),
    ...(fields.size && { width, height }),
    ...(fields.scrollOffset && {
      scrollLeft: element.scrollLeft,
      scrollTop: element.scrollTop,
      scrollWidth: element.scrollWidth,
      scrollHeight: element.scrollHeight,
    }),
  };
}

/** Lets `this.createSelectorQuery()` of every component use ours, which knows canvas nodes and the navigation bar. */
export function installSelectorQuery() {
  Object.assign(component.ComponentCaller.prototype, {
    /** @this {Caller} */
    createSelectorQuery() {
      return new SelectorQuery(this);
    },
  });
}
