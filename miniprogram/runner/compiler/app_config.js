import { lineOf } from './problems.js';

/**
 * @typedef {object} AppConfig
 * @property {any} config app.json
 * @property {any} theme theme.json, or {}
 * @property {string[]} pages of all packages, without extension
 * @property {{root: string, pages: string[], name?: string, independent?: boolean}[]} subpackages
 * @property {string[]} tabs
 */

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

/** Reads and checks app.json, with the files that it names. @returns {AppConfig} */
export function readApp(project) {
  const config = project.json('app.json');
  const line = (needle) => (project.has('app.json') ? lineOf(project.text('app.json'), needle) : 0);
  const refuse = (needle, message) => project.problems.add('app.json', line(needle), message);
  for (const key of Object.keys(config)) if (!KEYS.has(key)) refuse(`"${key}"`, `"${key}" is no setting of app.json`);

  const subpackages = readSubpackages(config, refuse);
  const main = Array.isArray(config.pages) ? config.pages : [];
  const pages = [...main, ...subpackages.flatMap(({ root, pages: own }) => own.map((page) => `${root}/${page}`))];
  checkPages(project, pages, main, refuse);
  checkPreload(config, pages, subpackages, refuse);
  const tabs = checkTabs(project, config, main, refuse);
  checkPrivacy(config, refuse);
  checkSitemap(project, config, refuse);
  return { config, theme: readTheme(project, config, refuse), pages, subpackages, tabs };
}

function readSubpackages(config, refuse) {
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

function checkPreload(config, pages, subpackages, refuse) {
  const names = new Set([...subpackages.flatMap(({ root, name }) => [root, name]), '__APP__']);
  for (const [page, rule] of Object.entries(config.preloadRule ?? {})) {
    if (!pages.includes(page)) refuse(`"${page}"`, `preloadRule: page ${page} is not listed`);
    for (const name of rule.packages ?? []) {
      if (!names.has(name)) refuse(`"${name}"`, `preloadRule: there is no subpackage "${name}"`);
    }
  }
}

function checkTabs(project, config, main, refuse) {
  const bar = config.tabBar;
  if (bar === undefined) return [];
  const list = bar.list ?? [];
  if (list.length < 2 || list.length > 5) refuse('"tabBar"', 'a tab bar has 2 to 5 tabs');
  if (bar.custom) refuse('"custom"', 'custom tab bars are not supported by the runner');
  for (const name of ['color', 'selectedColor', 'backgroundColor']) {
    if (!COLOUR.test(bar[name] ?? '')) refuse('"tabBar"', `tabBar.${name} must be a colour such as #0052d9, or a name of theme.json`);
  }
  for (const { pagePath, text, iconPath, selectedIconPath } of list) {
    if (!main.includes(pagePath)) refuse(`"${pagePath}"`, `the tab page ${pagePath} is not in pages of the main package`);
    if (!text) refuse(`"${pagePath}"`, `the tab ${pagePath} has no text`);
    for (const icon of [iconPath, selectedIconPath]) if (icon) checkIcon(project, icon, refuse, config);
  }
  return list.map(({ pagePath }) => pagePath);
}

function checkIcon(project, icon, refuse, config) {
  for (const file of icon.startsWith('@') ? themed(project, config, icon.slice(1)) : [icon]) {
    const contents = project.files.get(file.replace(/^\//, ''));
    if (contents === undefined) refuse(`"${icon}"`, `${file} is missing`);
    else if (contents.length > ICON_BYTES) refuse(`"${icon}"`, `${file} has over 40 KB`);
    if (!/\.(png|jpe?g)$/.test(file)) refuse(`"${icon}"`, `${file}: the picture of a tab is a PNG or JPEG`);
  }
}

function themed(project, config, name) {
  const theme = project.has(config.themeLocation ?? '') ? project.json(config.themeLocation) : {};
  return ['light', 'dark'].map((each) => theme[each]?.[name]).filter(Boolean);
}

function checkPrivacy(config, refuse) {
  for (const scope of Object.keys(config.permission ?? {})) {
    if (!PERMISSIONS.has(scope)) refuse(`"${scope}"`, `"${scope}" is no permission`);
    else if (!config.permission[scope]?.desc) refuse(`"${scope}"`, `permission ${scope} needs a desc, which people read`);
  }
  const infos = config.requiredPrivateInfos ?? [];
  for (const name of infos) if (!PRIVATE_INFOS.has(name)) refuse(`"${name}"`, `"${name}" cannot be in requiredPrivateInfos`);
  if (infos.includes('getFuzzyLocation') && infos.some((name) => EXACT_LOCATION.includes(name))) {
    refuse('"requiredPrivateInfos"', 'getFuzzyLocation excludes the exact location in requiredPrivateInfos');
  }
}

function checkSitemap(project, config, refuse) {
  const file = config.sitemapLocation;
  if (file === undefined) return;
  if (!project.has(file)) refuse('"sitemapLocation"', `${file} is missing`);
  else if (!Array.isArray(project.json(file).rules)) project.problems.add(file, 1, 'needs a list of rules');
}

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
