import { shaped } from './app_shape.js';
import { lineOf } from './problems.js';

/** @import { Project } from './project.js' */

/**
 * @typedef {object} AppConfig
 * @property {AppJson} config app.json
 * @property {Theme} theme theme.json, or {}
 * @property {string[]} pages of all packages, without extension
 * @property {Subpackage[]} subpackages
 * @property {string[]} tabs
 */

/**
 * @typedef {object} AppJson what app.json may say, as far as it is read here or by the runtime; checked by `readApp`
 * @property {string[]} [pages]
 * @property {string} [entryPagePath]
 * @property {Partial<Subpackage>[]} [subpackages]
 * @property {Partial<Subpackage>[]} [subPackages]
 * @property {WindowJson} [window]
 * @property {TabBar} [tabBar]
 * @property {Record<string, string>} [usingComponents]
 * @property {Record<string, {packages?: string[]}>} [preloadRule]
 * @property {Record<string, {desc?: string}>} [permission] by scope
 * @property {string[]} [requiredPrivateInfos]
 * @property {Record<string, number>} [networkTimeout]
 * @property {boolean} [darkmode]
 * @property {string} [themeLocation]
 * @property {string} [sitemapLocation]
 * @property {boolean} [__usePrivacyCheck__]
 */

/**
 * @typedef {object} WindowJson the bars around a page; colours may be names of theme.json
 * @property {string} [navigationBarTitleText]
 * @property {string} [navigationBarTextStyle]
 * @property {string} [navigationBarBackgroundColor]
 * @property {string} [navigationStyle]
 * @property {string} [backgroundColor]
 * @property {boolean} [homeButton]
 * @property {boolean} [enablePullDownRefresh]
 * @property {number} [onReachBottomDistance]
 */

/**
 * @typedef {object} TabBar
 * @property {string} color
 * @property {string} selectedColor
 * @property {string} backgroundColor
 * @property {string} [borderStyle]
 * @property {boolean} [custom]
 * @property {Tab[]} list
 */

/** @typedef {{pagePath: string, text: string, iconPath?: string, selectedIconPath?: string}} Tab */
/** @typedef {{root: string, pages: string[], name?: string, independent?: boolean}} Subpackage */
/** @typedef {{light?: Record<string, string>, dark?: Record<string, string>}} Theme theme.json */
/** @typedef {(needle: string, message: string) => void} Refuse notes a problem at the line of app.json in which `needle` first stands */

const KEYS = new Set([
  'entryPagePath', 'pages', 'window', 'tabBar', 'networkTimeout', 'debug', 'functionalPages', 'subpackages', 'subPackages', 'workers',
  'requiredBackgroundModes', 'requiredPrivateInfos', 'plugins', 'preloadRule', 'resizable', 'usingComponents', 'permission',
  'sitemapLocation', 'style', 'useExtendedLib', 'entranceDeclare', 'darkmode', 'themeLocation', 'lazyCodeLoading', 'singlePage',
  'supportedMaterials', 'serviceProviderTicket', 'embeddedAppIdList', 'halfPage', 'debugOptions', 'enablePassiveEvent', 'resolveAlias',
  'renderer', 'rendererOptions', 'componentFramework', 'miniApp', 'static', 'convertRpxToVw', '__usePrivacyCheck__', '$schema',
]);
const PERMISSIONS = new Set([
  'scope.userLocation', 'scope.userFuzzyLocation', 'scope.userLocationBackground', 'scope.record', 'scope.camera', 'scope.bluetooth',
  'scope.writePhotosAlbum', 'scope.addPhoneContact', 'scope.addPhoneCalendar', 'scope.werun',
]);
const PRIVATE_INFOS = new Set([
  'getFuzzyLocation', 'getLocation', 'onLocationChange', 'startLocationUpdate', 'startLocationUpdateBackground', 'chooseLocation',
  'choosePoi', 'chooseAddress',
]);
const EXACT_LOCATION = ['getLocation', 'onLocationChange', 'startLocationUpdate', 'startLocationUpdateBackground'];
const COLOUR = /^(#[0-9a-fA-F]{6}|#[0-9a-fA-F]{3}|@\w+)$/;
/** WeChat's limit for a picture of a tab. */
const ICON_BYTES = 40 * 1024;

/** Reads and checks app.json, with the files that it names. @param {Project} project @returns {AppConfig} */
export function readApp(project) {
  const written = project.json('app.json');
  const line = (/** @type {string} */ needle) => (project.has('app.json') ? lineOf(project.text('app.json'), needle) : 0);
  /** @type {Refuse} */
  const refuse = (needle, message) => project.problems.add('app.json', line(needle), message);
  for (const key of Object.keys(written)) if (!KEYS.has(key)) refuse(`"${key}"`, `"${key}" is no setting of app.json`);
  const config = shaped(written, refuse);

  const subpackages = readSubpackages(config, refuse);
  const main = config.pages ?? [];
  const pages = [...main, ...subpackages.flatMap(({ root, pages: own }) => own.map((page) => `${root}/${page}`))];
  checkPages(project, pages, main, refuse);
  checkBars(config.window ?? {}, refuse);
  const { entryPagePath: entry } = config;
  if (entry !== undefined && !pages.includes(entry)) refuse(`"${entry}"`, `entryPagePath: page ${entry} is not listed`);
  checkPreload(config, pages, subpackages, refuse);
  const tabs = checkTabs(project, config, main, refuse);
  checkPrivacy(config, refuse);
  checkSitemap(project, config, refuse);
  return { config, theme: readTheme(project, config, refuse), pages, subpackages, tabs };
}

/** @param {AppJson} config @param {Refuse} refuse @returns {Subpackage[]} */
function readSubpackages(config, refuse) {
  /** @type {Subpackage[]} */
  const found = [];
  for (const { root, pages, ...rest } of config.subpackages ?? config.subPackages ?? []) {
    const clean = String(root ?? '').replace(/^\/|\/$/g, '');
    if (!clean || !Array.isArray(pages)) refuse('"subpackages"', 'a subpackage needs a root and pages');
    else if (found.some((other) => `${clean}/`.startsWith(`${other.root}/`) || `${other.root}/`.startsWith(`${clean}/`))) {
      refuse(`"${root}"`, `subpackage "${root}" lies within another one`);
    } else found.push({ ...rest, root: clean, pages });
  }
  return found;
}

/**
 * What the bars around a page may look like, in app.json and in a page's own file.
 *
 * @param {WindowJson} settings @param {Refuse} refuse
 */
export function checkBars(settings, refuse) {
  for (const name of /** @type {const} */ (['navigationBarBackgroundColor', 'backgroundColor'])) {
    const colour = settings[name];
    if (colour !== undefined && !COLOUR.test(colour)) refuse(`"${name}"`, `${name} must be a colour such as #0052d9, or a name of theme.json`);
  }
  const { navigationBarTextStyle: ink = 'white', navigationStyle: style = 'default' } = settings;
  if (!/^(black|white|@\w+)$/.test(ink)) refuse('"navigationBarTextStyle"', 'navigationBarTextStyle must be black, white, or a name of theme.json');
  if (!['default', 'custom'].includes(style)) refuse('"navigationStyle"', 'navigationStyle must be default or custom');
}

/**
 * @param {Project} project
 * @param {string[]} pages
 * @param {string[]} main
 * @param {Refuse} refuse
 */
function checkPages(project, pages, main, refuse) {
  if (main.length === 0) refuse('"pages"', 'pages must name at least one page');
  for (const page of pages) {
    const written = `"${page}"`;
    for (const extension of ['.js', '.wxml']) {
      if (!project.has(`${page}${extension}`)) refuse(written, `${page}${extension} is missing`);
    }
  }
  const twice = pages.find((page, index) => pages.indexOf(page) !== index);
  if (twice) refuse(`"${twice}"`, `page ${twice} is listed twice`);
}

/**
 * @param {AppJson} config
 * @param {string[]} pages
 * @param {Subpackage[]} subpackages
 * @param {Refuse} refuse
 */
function checkPreload(config, pages, subpackages, refuse) {
  const names = new Set([...subpackages.flatMap(({ root, name }) => [root, name]), '__APP__']);
  for (const [page, rule] of Object.entries(config.preloadRule ?? {})) {
    if (!pages.includes(page)) refuse(`"${page}"`, `preloadRule: page ${page} is not listed`);
    for (const name of rule.packages ?? []) {
      if (!names.has(name)) refuse(`"${name}"`, `preloadRule: there is no subpackage "${name}"`);
    }
  }
}

/**
 * @param {Project} project
 * @param {AppJson} config
 * @param {string[]} main
 * @param {Refuse} refuse
 * @returns {string[]}
 */
function checkTabs(project, config, main, refuse) {
  const bar = config.tabBar;
  if (bar === undefined) return [];
  const list = bar.list ?? [];
  if (list.length < 2 || list.length > 5) refuse('"tabBar"', 'a tab bar has 2 to 5 tabs');
  if (bar.custom) refuse('"custom"', 'custom tab bars are not supported by the runner');
  for (const name of /** @type {const} */ (['color', 'selectedColor', 'backgroundColor'])) {
    if (!COLOUR.test(bar[name] ?? '')) refuse('"tabBar"', `tabBar.${name} must be a colour such as #0052d9, or a name of theme.json`);
  }
  for (const { pagePath, text, iconPath, selectedIconPath } of list) {
    if (!main.includes(pagePath)) refuse(`"${pagePath}"`, `the tab page ${pagePath} is not in pages of the main package`);
    if (!text) refuse(`"${pagePath}"`, `the tab ${pagePath} has no text`);
    for (const icon of [iconPath, selectedIconPath]) if (icon) checkIcon(project, icon, refuse, config);
  }
  return list.map(({ pagePath }) => pagePath);
}

/**
 * @param {Project} project
 * @param {string} icon
 * @param {Refuse} refuse
 * @param {AppJson} config
 */
function checkIcon(project, icon, refuse, config) {
  for (const file of icon.startsWith('@') ? themed(project, config, icon.slice(1)) : [icon]) {
    const contents = project.files.get(file.replace(/^\//, ''));
    if (contents === undefined) refuse(`"${icon}"`, `${file} is missing`);
    else if (contents.length > ICON_BYTES) refuse(`"${icon}"`, `${file} has over 40 KB`);
    if (!/\.(png|jpe?g)$/.test(file)) refuse(`"${icon}"`, `${file}: the picture of a tab is a PNG or JPEG`);
  }
}

/**
 * @param {Project} project
 * @param {AppJson} config
 * @param {string} name
 * @returns {string[]}
 */
function themed(project, config, name) {
  const file = config.themeLocation ?? '';
  const theme = project.has(file) ? project.json(file) : {};
  return ['light', 'dark'].map((each) => theme[each]?.[name]).filter(Boolean);
}

/** @param {AppJson} config @param {Refuse} refuse */
function checkPrivacy(config, refuse) {
  for (const [scope, asked] of Object.entries(config.permission ?? {})) {
    if (!PERMISSIONS.has(scope)) refuse(`"${scope}"`, `"${scope}" is no permission`);
    else if (!asked?.desc) refuse(`"${scope}"`, `permission ${scope} needs a desc, which people read`);
  }
  const infos = config.requiredPrivateInfos ?? [];
  for (const name of infos) if (!PRIVATE_INFOS.has(name)) refuse(`"${name}"`, `"${name}" cannot be in requiredPrivateInfos`);
  if (infos.includes('getFuzzyLocation') && infos.some((name) => EXACT_LOCATION.includes(name))) {
    refuse('"requiredPrivateInfos"', 'getFuzzyLocation excludes the exact location in requiredPrivateInfos');
  }
}

/** @param {Project} project @param {AppJson} config @param {Refuse} refuse */
function checkSitemap(project, config, refuse) {
  const file = config.sitemapLocation;
  if (file === undefined) return;
  if (!project.has(file)) refuse('"sitemapLocation"', `${file} is missing`);
  else if (!Array.isArray(project.json(file).rules)) project.problems.add(file, 1, 'needs a list of rules');
}

/**
 * @param {Project} project
 * @param {AppJson} config
 * @param {Refuse} refuse
 * @returns {Theme}
 */
function readTheme(project, config, refuse) {
  if (!config.darkmode) return {};
  const file = config.themeLocation;
  if (!file || !project.has(file)) {
    refuse('"darkmode"', 'darkmode needs themeLocation, the name of a file that exists');
    return {};
  }
  const theme = project.json(file);
  const light = Object.keys(theme.light ?? {}).sort().join();
  if (light !== Object.keys(theme.dark ?? {}).sort().join()) project.problems.add(file, 1, 'light and dark must have the same names');
  const text = project.text('app.json');
  for (const [, name] of text.matchAll(/"@(\w+)"/g)) {
    if (!(name in (theme.light ?? {}))) refuse(`"@${name}"`, `@${name} is not in ${file}`);
  }
  return theme;
}
