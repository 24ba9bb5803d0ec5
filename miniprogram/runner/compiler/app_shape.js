/** @import { AppJson, Refuse } from './app_config.js' */

/** @param {unknown} value @returns {value is Record<string, unknown>} */
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
/** @param {unknown} value */
const isText = (value) => typeof value === 'string';
/** @param {unknown} value */
const areTexts = (value) => Array.isArray(value) && value.every(isText);
/** @param {unknown} value */
const areObjects = (value) => Array.isArray(value) && value.every(isObject);
/** @param {unknown} value */
const isFlag = (value) => typeof value === 'boolean';

/** @type {Record<string, [string, (value: unknown) => boolean]>} */
const SHAPES = {
  pages: ['a list of texts', areTexts],
  subpackages: ['a list of objects', areObjects],
  subPackages: ['a list of objects', areObjects],
  requiredPrivateInfos: ['a list of texts', areTexts],
  window: ['an object', isObject],
  tabBar: ['an object with a list of tabs', (value) => isObject(value) && areObjects(value.list ?? [])],
  usingComponents: ['an object of texts', (value) => isObject(value) && areTexts(Object.values(value))],
  permission: ['an object', isObject],
  networkTimeout: ['an object', isObject],
  preloadRule: ['an object of rules', (value) => isObject(value) && Object.values(value).every(isRule)],
  entryPagePath: ['a text', isText],
  themeLocation: ['a text', isText],
  sitemapLocation: ['a text', isText],
  darkmode: ['true or false', isFlag],
  __usePrivacyCheck__: ['true or false', isFlag],
};

/** @param {unknown} rule of preloadRule */
function isRule(rule) {
  return isObject(rule) && areTexts(rule.packages ?? []);
}

/**
 * What app.json says, without the settings that are of a wrong kind: each of those is a problem.
 *
 * @param {Record<string, unknown>} written
 * @param {Refuse} refuse
 * @returns {AppJson}
 */
export function shaped(written, refuse) {
  const kept = Object.entries(written).filter(([key, value]) => {
    const [kind, isRight] = SHAPES[key] ?? ['', () => true];
    if (isRight(value)) return true;
    refuse(`"${key}"`, `${key} must be ${kind}`);
    return false;
  });
  return Object.fromEntries(kept);
}
