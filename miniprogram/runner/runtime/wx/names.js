import { createWx } from './index.js';

/** Every name that `wx` has in the runner, in alphabetical order. */
export const API_NAMES = Object.keys(createWx(/** @type {import('../boot.js').Host} */ ({}))).sort();
