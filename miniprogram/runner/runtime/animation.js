import { withPixels } from '../units.js';

const LENGTHS = ['top', 'left', 'right', 'bottom', 'width', 'height'];
const TRANSFORMS = [
  'translate', 'translateX', 'translateY', 'translateZ', 'translate3d', 'scale', 'scaleX', 'scaleY', 'scaleZ', 'scale3d', 'rotate',
  'rotateX', 'rotateY', 'rotateZ', 'rotate3d', 'skew', 'skewX', 'skewY', 'matrix', 'matrix3d',
];
const unit = (/** @type {string} */ name, /** @type {number | string} */ value) => {
  if (typeof value !== 'number') return String(value);
  if (/^translate/.test(name)) return `${value}px`;
  return /^(rotate|skew)/.test(name) ? `${value}deg` : String(value);
};

/** @typedef {{duration: number, timingFunction: string, delay: number, transformOrigin: string}} Timing milliseconds */
/** @typedef {{options: Timing, styles: Record<string, string>}} Step */

/** `wx.createAnimation`: steps of styles, each with its own timing; `export` hands them to an `animation` attribute. */
class Animation {
  /** @param {Partial<Timing>} options */
  constructor(options) {
    /** @type {Timing} */
    this._options = { duration: 400, timingFunction: 'linear', delay: 0, transformOrigin: '50% 50% 0', ...options };
    /** @type {Step[]} */
    this._steps = [];
    /** @type {Record<string, string>} */
    this._styles = {};
    /** @type {string[]} */
    this._transforms = [];
  }

  /** @param {number} value */
  opacity(value) {
    return this._style('opacity', String(value));
  }

  /** @param {string} value */
  backgroundColor(value) {
    return this._style('backgroundColor', value);
  }

  /** @param {Partial<Timing>} [options] */
  step(options) {
    const transform = this._transforms.join(' ');
    this._steps.push({ options: { ...this._options, ...options }, styles: { ...this._styles, ...(transform && { transform }) } });
    this._styles = {};
    this._transforms = [];
    return this;
  }

  export() {
    const actions = this._steps;
    this._steps = [];
    return { actions };
  }

  /** @param {string} name @param {string} value */
  _style(name, value) {
    this._styles[name] = value;
    return this;
  }
}
/** The methods that are all alike. @type {Record<string, (this: Animation, ...values: (number | string)[]) => Animation>} */
const methods = {};
for (const name of LENGTHS) {
  methods[name] = function length(value) {
    return this._style(name, typeof value === 'number' ? `${value}px` : withPixels(value));
  };
}
for (const name of TRANSFORMS) {
  methods[name] = function transform(...values) {
    this._transforms.push(`${name}(${values.map((value) => unit(name, value)).join(',')})`);
    return this;
  };
}

Object.assign(Animation.prototype, methods);

/** @param {Partial<Timing>} [options] */
export function createAnimation(options = {}) {
  return new Animation(options);
}

/**
 * Plays exported steps on an element, one after the other; a later call ends an earlier one.
 *
 * @param {HTMLElement} element @param {{actions: Step[]} | null} exported
 */
export async function playAnimation(element, exported) {
  const token = {};
  element.animationToken = token;
  for (const { options, styles } of exported?.actions ?? []) {
    if (element.animationToken !== token) return;
    const { duration, timingFunction, delay, transformOrigin } = options;
    Object.assign(element.style, { transition: `all ${duration}ms ${timingFunction} ${delay}ms`, transformOrigin });
    element.getBoundingClientRect(); // so that the browser starts from here
    Object.assign(element.style, styles);
    await new Promise((done) => setTimeout(done, duration + delay));
  }
}
