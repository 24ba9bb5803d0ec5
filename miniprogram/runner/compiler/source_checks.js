import { API_NAMES } from '../runtime/wx/names.js';
import { lineAt } from './problems.js';
import { isNpm } from './project.js';

/**
 * @import { AppConfig } from './app_config.js'
 * @import { Project } from './project.js'
 * @import { Scripts } from './scripts.js'
 */

const KNOWN = new Set(API_NAMES);
/** API → what app.json must declare for it. */
/** @type {Record<string, string | null>} */
const LOCATION = {
  getFuzzyLocation: 'scope.userFuzzyLocation',
  getLocation: 'scope.userLocation',
  onLocationChange: 'scope.userLocation',
  startLocationUpdate: 'scope.userLocation',
  chooseLocation: null,
  choosePoi: null,
  chooseAddress: null,
};
/** What WeChat answers only to people who have agreed to the privacy guide. */
const PRIVATE = new Set([
  ...Object.keys(LOCATION), 'chooseMedia', 'chooseImage', 'chooseVideo', 'chooseMessageFile', 'getClipboardData', 'setClipboardData',
  'saveImageToPhotosAlbum', 'getWeRunData', 'getUserProfile', 'addPhoneContact', 'addPhoneCalendar',
]);
const MADE_CODE = /(?<![\w.$])(eval|new\s+Function|Function)\s*\(/g;
const PRIVATE_BUTTON = /open-type="[^"]*\b(getPhoneNumber|getRealtimePhoneNumber|chooseAvatar)\b/g;

/**
 * Looks through the mini-program's own sources for what WeChat refuses at run time, on some phone, one day.
 *
 * @param {Project} project
 * @param {AppConfig} app
 * @param {Scripts} modules
 */
export function checkSources(project, app, modules) {
  for (const file of Object.keys(modules)) if (!isNpm(file)) checkScript(project, app, file);
  for (const file of project.files.keys()) {
    if (!isNpm(file) && file.endsWith('.wxml')) checkTemplate(project, app, file);
  }
}

/**
 * The APIs that a source names: `wx.login`, `wx?.login`, `wx['login']`, `const { login } = wx`.
 *
 * @param {string} source without comments
 * @returns {{name: string, index: number}[]}
 */
function apisOf(source) {
  const named = source.matchAll(/(?<![\w.$/])wx\s*(?:\??\.\s*([A-Za-z]\w*)|(?:\?\.)?\s*\[\s*["'](\w+)["']\s*\])/g);
  const taken = [...source.matchAll(/\{([^{}]*)\}\s*=\s*wx\s*(?=[;,\n)]|$)/g)].flatMap(({ 1: names, index }) =>
    names.split(',').map((each) => ({ name: /^\s*(\w+)/.exec(each)?.[1] ?? '', index })),
  );
  return [...[...named].map(({ 1: dotted, 2: quoted, index }) => ({ name: dotted ?? quoted, index })), ...taken].filter(({ name }) => name);
}

/** @param {Project} project @param {AppConfig} app @param {string} file */
function checkScript(project, app, file) {
  const source = withoutComments(project.text(file));
  for (const { name, index } of apisOf(source)) {
    const line = lineAt(source, index);
    if (!KNOWN.has(name)) project.problems.add(file, line, `wx.${name} is unknown to the runner (runner/runtime/wx)`);
    checkDeclared(project, app, file, line, name);
    if (PRIVATE.has(name)) checkPrivacy(project, app, file, line, `wx.${name}`);
  }
  for (const { 1: name, index } of source.matchAll(MADE_CODE)) {
    project.problems.add(file, lineAt(source, index), `${name}: WeChat runs no code that is made at run time`);
  }
  checkAddresses(project, app, file, source);
}

/** @param {Project} project @param {AppConfig} app @param {string} file */
function checkTemplate(project, app, file) {
  const source = project.text(file);
  for (const match of source.matchAll(PRIVATE_BUTTON)) {
    checkPrivacy(project, app, file, lineAt(source, match.index), `open-type="${match[1]}"`);
  }
  checkAddresses(project, app, file, source);
}

/**
 * @param {Project} project
 * @param {AppConfig} app
 * @param {string} file
 * @param {number} line
 * @param {string} name of an API
 */
function checkDeclared(project, app, file, line, name) {
  if (!(name in LOCATION)) return;
  if (!(app.config.requiredPrivateInfos ?? []).includes(name)) {
    project.problems.add(file, line, `wx.${name} must be declared in requiredPrivateInfos of app.json`);
  }
  const scope = LOCATION[name];
  if (scope && !app.config.permission?.[scope]) {
    project.problems.add(file, line, `wx.${name} needs permission "${scope}", with a desc, in app.json`);
  }
}

/**
 * @param {Project} project
 * @param {AppConfig} app
 * @param {string} file
 * @param {number} line
 * @param {string} what is private
 */
function checkPrivacy(project, app, file, line, what) {
  if (app.config.__usePrivacyCheck__ !== true) {
    project.problems.add(file, line, `${what} needs "__usePrivacyCheck__": true in app.json, and the privacy popup`);
  }
}

/**
 * Addresses of pages, where they are written out: `'/pages/home/index?…'`.
 *
 * @param {Project} project
 * @param {AppConfig} app
 * @param {string} file
 * @param {string} source
 */
function checkAddresses(project, app, file, source) {
  const roots = new Set(app.pages.map((page) => page.split('/')[0]));
  for (const match of source.matchAll(/["'`]\/([\w-]+(?:\/[\w-]+)+)(?=["'`?])/g)) {
    const path = match[1];
    if (!roots.has(path.split('/')[0]) || app.pages.includes(path)) continue;
    const isScript = project.has(`${path}.js`) && !project.has(`${path}.wxml`);
    if (!isScript) project.problems.add(file, lineAt(source, match.index), `/${path} is not listed as a page in app.json`);
  }
}

/** Blanks comments out; offsets and lines stay. A `//` behind a colon is an address, not a comment. @param {string} source */
function withoutComments(source) {
  const blank = (/** @type {string} */ text) => text.replace(/[^\n]/g, ' ');
  return source.replace(/\/\*[\s\S]*?\*\//g, blank).replace(/(^|[^:'"`\\])\/\/[^\n]*/g, (text) => blank(text));
}
