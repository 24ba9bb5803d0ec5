import fs from 'node:fs';
import path from 'node:path';

import { Project, isNpm } from '../compiler/project.js';
import { withMasks } from './icons.js';
import { referencesOf } from './references.js';

const ICON_SHEET = 'miniprogram_npm/tdesign-miniprogram/icon/icon.wxss';

/** Packages as they lie in node_modules, read once: they do not change while we run. */
/** @type {Map<string, Map<string, Buffer>>} */
const libraries = new Map();

/**
 * 构建 npm without DevTools: what the mini-program uses of its dependencies → `miniprogram_npm/`, and nothing else.
 *
 * @param {string} root
 * @returns {{files: number, bytes: number, icons: string[], hasChanged: boolean}}
 * @throws {Error} where a dependency is not installed or is no mini-program package
 */
export function buildNpm(root) {
  const own = new Map([...Project.open(root).files].filter(([name]) => !isNpm(name)));
  const everything = new Map(own);
  const { dependencies = {} } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  for (const name of Object.keys(dependencies)) {
    for (const [file, contents] of library(root, name)) everything.set(`miniprogram_npm/${name}/${file}`, contents);
  }
  const used = reach(new Project(everything, root), own.keys());
  const { icons } = maskIcons(root, used);
  const hasChanged = write(root, used);
  return { files: used.size, bytes: [...used.values()].reduce((sum, { length }) => sum + length, 0), icons, hasChanged };
}

/** @param {string} root @param {string} name @returns {Map<string, Buffer>} */
function library(root, name) {
  const folder = path.join(root, 'node_modules', name);
  let files = libraries.get(folder);
  if (files === undefined) {
    const manifest = path.join(folder, 'package.json');
    if (!fs.existsSync(manifest)) throw new Error(`${name} is not installed: run "npm ci"`);
    const { miniprogram } = JSON.parse(fs.readFileSync(manifest, 'utf8'));
    if (!miniprogram) throw new Error(`${name} is no mini-program package: its package.json names no "miniprogram" folder`);
    files = Project.open(path.join(folder, miniprogram)).files;
    libraries.set(folder, files);
  }
  return files;
}

/**
 * Every file of a dependency that the sources reach.
 *
 * @param {Project} project
 * @param {Iterable<string>} sources
 * @returns {Map<string, Buffer>}
 */
function reach(project, sources) {
  const seen = new Set(sources);
  const waiting = [...seen];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    for (const name of referencesOf(project, file)) {
      if (seen.has(name)) continue;
      seen.add(name);
      waiting.push(name);
    }
  }
  return new Map([...project.files].filter(([name]) => isNpm(name) && seen.has(name)).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** @param {string} root @param {Map<string, Buffer>} used its sheet of icons is written anew @returns {{icons: string[]}} */
function maskIcons(root, used) {
  const sheet = used.get(ICON_SHEET);
  if (sheet === undefined) return { icons: [] };
  const naming = [...used].filter(([name]) => /\.(js|wxml|wxs)$/.test(name)).map(([, contents]) => contents.toString());
  const own = [...Project.open(root).files].filter(([name]) => !isNpm(name) && /\.(js|wxml|wxs|json)$/.test(name));
  const sources = [...naming, ...own.map(([, contents]) => contents.toString())];
  const masked = withMasks(sheet.toString(), sources, path.join(root, 'node_modules/tdesign-icons-svg/src'));
  used.set(ICON_SHEET, Buffer.from(masked.sheet));
  return masked;
}

/**
 * Writes what differs and removes what is no longer used.
 *
 * @param {string} root
 * @param {Map<string, Buffer>} used
 * @returns {boolean} whether there was something to do
 */
function write(root, used) {
  let hasChanged = false;
  for (const [name, contents] of used) {
    const file = path.join(root, name);
    if (fs.existsSync(file) && fs.readFileSync(file).equals(contents)) continue;
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, contents);
    hasChanged = true;
  }
  const folder = path.join(root, 'miniprogram_npm');
  if (!fs.existsSync(folder)) return hasChanged;
  for (const entry of fs.readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath ?? entry.path, entry.name);
    if (!entry.isFile() || used.has(path.relative(root, file).split(path.sep).join('/'))) continue;
    fs.rmSync(file);
    hasChanged = true;
  }
  return hasChanged;
}
