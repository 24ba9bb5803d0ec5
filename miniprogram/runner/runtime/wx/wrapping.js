import { Failure } from '../failure.js';
import { note } from '../problems.js';

/**
 * @typedef {(options: any) => unknown} Api takes what the mini-program gives, which may be anything; returns or promises the answer;
 *     throws Failure
 */

/**
 * @typedef {object} Apis those of one theme
 * @property {Record<string, Api>} later with `success`, `fail` and `complete`, or a promise
 * @property {Record<string, (...given: any[]) => unknown>} now answer at once
 * @property {() => void} [start] what they need, once there is a phone
 */

/**
 * Gives a function the manners of WeChat's APIs: `success`, `fail` and `complete`, or a promise where none of them is given.
 *
 * @param {string} name
any} run returns or promises the answer; throws Failure =>  * @param {Api} run => any} run returns or promises the answer; throws Failure
 */
export function asyncApi(name, run) {
  return (/** @type {any} */ options = {}) => {
    const hasCallback = ['success', 'fail', 'complete'].some((each) => typeof options?.[each] === 'function');
    const outcome = answer(name, run, options).then(
      (result) => {
        options.success?.(result);
        options.complete?.(result);
        return result;
      },
      (failure) => {
        options?.fail?.(failure);
        options?.complete?.(failure);
        throw failure;
      },
    );
    if (!hasCallback) return outcome;
    // The callbacks have been told; what they throw themselves is an error of the mini-program.
    outcome.catch((failure) => {
      if (failure instanceof Error) note('error', `in a callback of wx.${name}: ${failure.stack}`);
    });
    return undefined;
  };
}

/** @param {string} name @param {Api} run @param {unknown} options */
async function answer(name, run, options) {
  try {
    if (options === null || typeof options !== 'object') throw new Failure('parameter error: parameter should be Object');
    return { .../** @type {object | void} */ (await run(options)), errMsg: `${name}:ok` };
  } catch (error) {
    if (!(error instanceof Failure)) note('error', `wx.${name}: ${error.stack ?? error}`);
    throw { ...error.extra, errMsg: `${name}:fail ${error.message}` };
  }
}
