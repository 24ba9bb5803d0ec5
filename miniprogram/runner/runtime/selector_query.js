import { glassEasel, component } from 'glass-easel-miniprogram-adapter';

import { viewport } from './viewport.js';

const RECT = { id: true, dataset: true, rect: true, size: true };
const SCROLL = { id: true, dataset: true, scrollOffset: true };

class NodesRef {
  constructor(query, find) {
    this._query = query;
    this._find = find;
  }

  fields(fields, callback) {
    return this._query._add(this._find, fields, callback);
  }

  boundingClientRect(callback) {
    return this.fields(RECT, callback);
  }

  scrollOffset(callback) {
    return this.fields(SCROLL, callback);
  }

  node(callback) {
    return this.fields({ node: true }, callback);
  }

  context(callback) {
    return this.fields({ context: true }, callback);
  }
}

/** `wx.createSelectorQuery`: questions are gathered, and answered by `exec` after what is pending has been drawn. */
export class SelectorQuery {
  constructor(caller) {
    this._caller = caller;
    this._questions = [];
  }

  in(caller) {
    this._caller = caller;
    return this;
  }

  select(selector) {
    const root = this._caller._$.getShadowRoot();
    return new NodesRef(this, (read) => {
      const found = root.querySelector(selector);
      return found ? read(found) : null;
    });
  }

  selectAll(selector) {
    const root = this._caller._$.getShadowRoot();
    return new NodesRef(this, (read) => root.querySelectorAll(selector).map(read));
  }

  selectViewport() {
    return new NodesRef(this, (_, fields) => readViewport(fields));
  }

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

  _add(find, fields, callback) {
    this._questions.push({ find, fields, callback });
    return this;
  }
}

/** Positions count from the page's top left corner, below the navigation bar. */
function readElement(element, fields) {
  const dom = element.getBackendElement();
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
    for (const name of fields.computedStyle) read[name] = style[name];
  }
  if (fields.properties && glassEasel.Component.isComponent(element)) {
    for (const name of fields.properties) read[name] = structuredClone(element.data[name]);
  }
  if (fields.node) read.node = dom.canvasNode ?? null;
  return read;
}

function readRect({ left, top, width, height }, fields) {
  const { top: origin } = viewport();
  return {
    ...(fields.rect && { left, top: top - origin, right: left + width, bottom: top - origin + height }),
    ...(fields.size && { width, height }),
  };
}

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
  component.ComponentCaller.prototype.createSelectorQuery = function createSelectorQuery() {
    return new SelectorQuery(this);
  };
}
