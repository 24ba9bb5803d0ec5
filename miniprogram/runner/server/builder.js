import fs from 'node:fs';
import path from 'node:path';

import { bundleRuntime, compile } from '../compiler/build.js';
import { BuildRefused } from '../compiler/problems.js';
import { Project } from '../compiler/project.js';
import { buildNpm } from '../npm/build_npm.js';

const SKIPPED = new Set(['node_modules', 'miniprogram_npm', '.git']);

/** @typedef {{code: string, problems: string, summary: string}} Built the script of the mini-program; `problems` is '' if there are none */

/** The same for every mini-program of this process. @type {Promise<string> | undefined} */
let runtime;

/** Builds when asked, and anew only when a file has changed. */
export class Builder {
  /** @param {string} root */
  constructor(root) {
    this.root = root;
    this._state = '';
    /** @type {Promise<Built> | null} */
    this._built = null;
  }

  /** @returns {Promise<Built>} */
  async app() {
    const state = stateOf(this.root);
    if (this._built === null || state !== this._state) {
      this._state = state;
      this._built = this._build();
    }
    return this._built;
  }

  /** Changes with every change of a file. */
  state() {
    return stateOf(this.root);
  }

  async runtimeScript() {
    runtime ??= bundleRuntime();
    return runtime;
  }

  /** @returns {Promise<Built>} */
  async _build() {
    const startedAt = performance.now();
    try {
      buildNpm(this.root);
      const built = await compile(Project.open(this.root));
      const summary = `${built.pages} pages, ${built.components} components, ${Math.round(performance.now() - startedAt)} ms`;
      return { code: built.code, problems: '', summary };
    } catch (error) {
      if (!(error instanceof BuildRefused)) throw error;
      const problems = error.message;
      return { code: `document.body.innerHTML='<pre id="mp-refused"></pre>';document.getElementById('mp-refused').textContent=${JSON.stringify(problems)};`, problems, summary: '' };
    }
  }
}

/** Names, sizes and times of all files, as one text. @param {string} root */
function stateOf(root) {
  /** @type {string[]} */
  const parts = [];
  const walk = (/** @type {string} */ folder) => {
    for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
      const file = path.join(folder, entry.name);
      if (SKIPPED.has(entry.name)) continue;
      if (entry.isDirectory()) walk(file);
      else if (entry.isFile()) {
        const { mtimeMs, size } = fs.statSync(file);
        parts.push(`${file} ${mtimeMs} ${size}`);
      }
    }
  };
  walk(root);
  return parts.join('\n');
}
