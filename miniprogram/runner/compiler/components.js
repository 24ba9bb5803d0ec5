import { checkBars } from './app_config.js';
import { lineOf } from './problems.js';
import { isNpm } from './project.js';
import { packageOf, whereOf } from './packages.js';
import { resolveComponent } from './references.js';

/**
 * @import { AppConfig, Refuse, WindowJson } from './app_config.js'
 * @import { Project } from './project.js'
 */

/**
 * @typedef {object} OwnJson what the .json of a page or component may say, as far as it is read here or by the runtime
 * @property {boolean} [component]
 * @property {Record<string, string>} [usingComponents]
 * @property {Record<string, true | {default?: string}>} [componentGenerics]
 * @property {import('glass-easel-miniprogram-adapter').types.StyleIsolation} [styleIsolation]
 */

/** @typedef {OwnJson & WindowJson} ComponentJson */

/**
 * @typedef {object} Component
 * @property {ComponentJson} config its .json, with resolved references
 * @property {Record<string, string>} usingComponents tag → path from the root
 * @property {Record<string, true | {default: string}>} generics
 * @property {boolean} isPage
 */

const PAGE_KEYS = new Set([
  'component', 'usingComponents', 'componentGenerics', 'componentPlaceholder', 'styleIsolation', 'addGlobalClass', 'pureDataPattern',
  'navigationBarBackgroundColor', 'navigationBarTextStyle', 'navigationBarTitleText', 'navigationStyle', 'homeButton',
  'backgroundColor', 'backgroundColorContent', 'backgroundTextStyle', 'backgroundColorTop', 'backgroundColorBottom',
  'enablePullDownRefresh', 'onReachBottomDistance', 'pageOrientation', 'disableScroll', 'disableSwipeBack', 'initialRenderingCache',
  'restartStrategy', 'handleWebviewPreload', 'visualEffectInBackground', 'enablePassiveEvent', 'renderer', 'rendererOptions',
  'componentFramework', 'singlePage', '$schema',
]);

/**
 * Pages and every component that they reach, so that only what is used gets compiled.
 *
 * @param {import('./project.js').Project} project
 * @param {import('./app_config.js').AppConfig} app
 * @returns {Map<string, Component>} by path without extension
 */
export function findComponents(project, app) {
  /** @type {Map<string, Component>} */
  const components = new Map();
  const pages = new Set(app.pages);
  const shared = usingOf(project, app, 'app.json', app.config);
  const waiting = [...app.pages];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (components.has(path)) continue;
    const component = readComponent(project, app, path, pages.has(path), isNpm(path) ? {} : shared);
    components.set(path, component);
    for (const used of referencesOf(component)) waiting.push(used);
  }
  return components;
}

/**
 * @param {Project} project
 * @param {AppConfig} app
 * @param {string} path
 * @param {boolean} isPage
 * @param {Record<string, string>} shared
 * @returns {Component}
 */
function readComponent(project, app, path, isPage, shared) {
  const file = `${path}.json`;
  const config = isPage && !project.has(file) ? {} : project.json(file);
  checkConfig(project, file, config, isPage);
  const usingComponents = { ...shared, ...usingOf(project, app, file, config) };
  const generics = genericsOf(project, file, config);
  return { config: { ...config, usingComponents, componentGenerics: generics }, usingComponents, generics, isPage };
}

/**
 * @param {Project} project
 * @param {string} file
 * @param {ComponentJson} config
 * @param {boolean} isPage
 */
function checkConfig(project, file, config, isPage) {
  if (isNpm(file)) return;
  if (!isPage && config.component !== true) project.problems.add(file, 1, 'a component needs "component": true');
  /** @type {Refuse} */
  const refuse = (needle, message) => project.problems.add(file, lineOf(project.text(file), needle), message);
  for (const key of Object.keys(config)) {
    if (!PAGE_KEYS.has(key)) refuse(`"${key}"`, `"${key}" is no setting of a page or component`);
  }
  checkBars(config, refuse);
}

/**
 * Tag → `/path`, for what is found; a problem for what is not.
 *
 * @param {Project} project
 * @param {AppConfig} app
 * @param {string} file
 * @param {{usingComponents?: Record<string, string>}} config
 */
function usingOf(project, app, file, config) {
  /** @type {Record<string, string>} */
  const using = {};
  for (const [tag, reference] of Object.entries(config.usingComponents ?? {})) {
    const line = () => lineOf(project.text(file), `"${tag}"`);
    if (typeof reference !== 'string') {
      project.problems.add(file, line(), `usingComponents: "${tag}" must be the path of a component`);
      continue;
    }
    const found = resolveComponent(project, file, reference);
    if (found === null) {
      project.problems.add(file, line(), `component ${reference} is missing (npm components need "npm run build-npm")`);
    } else if (!mayUse(app, file, found)) {
      project.problems.add(file, line(), `${reference} lies in ${whereOf(app, found)}, which is not loaded here`);
    } else {
      using[tag] = `/${found}`;
    }
  }
  return using;
}

/**
 * A package may use its own files and, unless it is independent, those of the main package.
 *
 * @param {Pick<AppConfig, 'subpackages'>} app
 * @param {string} from the file that uses
 * @param {string} used the file that is used
 */
export function mayUse(app, from, used) {
  const [own, owner] = [packageOf(app, from), packageOf(app, used)];
  const isIndependent = app.subpackages.some(({ root, independent }) => root === own && independent);
  return owner === own || (owner === '' && !isIndependent);
}

/** @param {Project} project @param {string} file @param {ComponentJson} config */
function genericsOf(project, file, config) {
  /** @type {Component['generics']} */
  const generics = {};
  for (const [name, given] of Object.entries(config.componentGenerics ?? {})) {
    if (given === true || !given?.default) {
      generics[name] = true;
      continue;
    }
    const found = resolveComponent(project, file, given.default);
    if (found === null) project.problems.add(file, lineOf(project.text(file), `"${name}"`), `component ${given.default} is missing`);
    generics[name] = found === null ? true : { default: `/${found}` };
  }
  return generics;
}

/** @param {Component} component */
function referencesOf({ usingComponents, generics }) {
  const defaults = Object.values(generics).map((generic) => (generic === true ? '' : generic.default));
  return [...Object.values(usingComponents), ...defaults].filter(Boolean).map((path) => path.slice(1));
}
