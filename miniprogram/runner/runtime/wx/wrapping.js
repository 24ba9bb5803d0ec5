import { Failure } from '../failure.js';
import { note } from '../problems.js';

/**
 * Gives a function the manners of WeChat's APIs: `success`, `fail` and `complete`, or a promise where none of them is given.
 *
 * @param {string} name
 * @param {(options: any) => any} run returns or promises the answer; throws Failure
 */
export function asyncApi(name, run) {
  return (options = {}) => {
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

async function answer(name, run, options) {
  try {
    if (options === null || typeof options !== 'object') throw new Failure('parameter error: parameter should be Object');
    return { ...(await run(options)), errMsg: `${name}:ok` };
  } catch (error) {
    if (!(error instanceof Failure)) note('error', `wx.${name}: ${error.stack ?? error}`);
    throw { ...error.extra, errMsg: `${name}:fail ${error.message}` };
  }
}
