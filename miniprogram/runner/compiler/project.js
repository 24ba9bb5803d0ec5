import fs from 'node:fs';
import path from 'node:path';

import { Problems, lineAt } from './problems.js';

const NEVER = new Set(['node_modules', '.git']);

/** @typedef {{type: string, value: string}} IgnoreRule of packOptions.ignore in project.config.json */

/** The files of a mini-program, read once, as `pages/home/index.js` → contents. */
export class Project {
  /** @param {Map<string, Buffer>} files @param {string} [root] */
  constructor(files, root = '') {
    this.files = files;
    this.root = root;
    this.problems = new Problems();
    this._json = new Map();
  }

  /** Reads a folder as WeChat DevTools would: without what project.config.json keeps out of the package. @param {string} root */
  static open(root) {
    const ignored = ignoredBy(root);
    /** @type {Map<string, Buffer>} */
    const files = new Map();
    const walk = (/** @type {string} */ folder) => {
      for (const entry of fs.readdirSync(path.join(root, folder), { withFileTypes: true })) {
        const name = folder ? `${folder}/${entry.name}` : entry.name;
        if (NEVER.has(entry.name) || ignored(name)) continue;
        if (entry.isDirectory()) walk(name);
        else if (entry.isFile()) files.set(name, fs.readFileSync(path.join(root, name)));
      }
    };
    walk('');
    return new Project(files, root);
  }

  /** @param {Record<string, string>} texts */
  static of(texts) {
    return new Project(new Map(Object.entries(texts).map(([name, text]) => [name, Buffer.from(text)])));
  }

  /** @param {string} name */
  has(name) {
    return this.files.has(name);
  }

  /** @param {string} name */
  text(name) {
    const contents = this.files.get(name);
    if (contents === undefined) throw new Error(`${name} is not in the project`);
    return contents.toString('utf8');
  }

  /**
   * The file as an object; `{}`, with a problem noted, where it is missing or no object.
   *
   * @param {string} name
   * @returns {any} whatever people wrote
   */
  json(name) {
    if (!this._json.has(name)) this._json.set(name, this._parse(name));
    return this._json.get(name);
  }

  /** @param {string} name */
  _parse(name) {
    if (!this.has(name)) {
      this.problems.add(name, 0, 'the file is missing');
      return {};
    }
    const text = this.text(name);
    try {
      const value = JSON.parse(text);
      if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value;
      this.problems.add(name, 1, 'must hold a JSON object');
    } catch (error) {
      const at = /position (\d+)/.exec(error.message);
      this.problems.add(name, at ? lineAt(text, Number(at[1])) : lineAt(text, text.length), `is not JSON: ${error.message}`);
    }
    return {};
  }
}

/** What is a part of a component library, not of this mini-program. @param {string} name */
export function isNpm(name) {
  return name.split('/').includes('miniprogram_npm');
}

/** @param {string} root @returns {(name: string) => boolean} */
function ignoredBy(root) {
  const file = path.join(root, 'project.config.json');
/** @type {IgnoreRule[]} */
  const rules = fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, 'utf8')).packOptions?.ignore ?? []) : [];
  return (name) => rules.some((rule) => matches(rule, name));
}

/** DevTools' kinds of rules; values may be written with or without a leading slash. @param {IgnoreRule} rule @param {string} name */
function matches({ type, value }, name) {
  const wanted = value.replace(/^\.?\//, '').replace(/\/$/, '');
  switch (type) {
    case 'folder':
      return name === wanted || name.startsWith(`${wanted}/`);
    case 'file':
      return name === wanted;
    case 'suffix':
      return name.endsWith(wanted);
    case 'prefix':
      return path.posix.basename(name).startsWith(wanted);
    case 'regexp':
      return new RegExp(value).test(name);
    default:
      throw new Error(`project.config.json: packOptions.ignore has a rule of unknown type "${type}"`);
  }
}
