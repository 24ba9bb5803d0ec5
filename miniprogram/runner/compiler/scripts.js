import { transform } from 'esbuild';

import { lineOf } from './problems.js';
import { isNpm } from './project.js';
import { mayUse } from './components.js';
import { whereOf } from './packages.js';
import { resolveScript } from './references.js';

/**
 * @import { AppConfig } from './app_config.js'
 * @import { Project } from './project.js'
 */

const REQUIRE = /\brequire\(\s*["']([^"']+)["']\s*\)/g;
const IS_MODULE = /(^|[;\s}])(import|export)[\s{*("']/;
/** What was compiled before, by contents: a change costs no more than the changed files. */
const compiled = new Map();

/** @typedef {Record<string, {code: string, requires: Record<string, string>}>} Scripts by file; `requires`: as written → file */

/**
 * Compiles app.js, the scripts of components, and all that these require.
 *
 * @param {import('./project.js').Project} project
 * @param {import('./app_config.js').AppConfig} app
 * @param {Iterable<string>} components by path
 * @returns {Promise<Scripts>}
 */
export async function compileScripts(project, app, components) {
  /** @type {Scripts} */
  const modules = {};
  const waiting = [...components].map((path) => `${path}.js`).filter((file) => project.has(file));
  if (project.has('app.js')) waiting.push('app.js');
  else project.problems.add('app.js', 0, 'the file is missing');
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (file in modules) continue;
    const code = await compile(project, file);
    const requires = requiredBy(project, app, file, code);
    modules[file] = { code, requires };
    waiting.push(...Object.values(requires));
  }
  return modules;
}

/** @param {Project} project @param {string} file */
async function compile(project, file) {
  const source = project.text(file);
  const key = `${file}\n${source}`;
  const known = compiled.get(key);
  if (known !== undefined) return known;
  try {
    const { code } = await transform(source, {
      loader: 'js',
      target: 'es2020',
      format: IS_MODULE.test(source) ? 'cjs' : undefined,
      sourcefile: file,
      sourcemap: isNpm(file) ? false : 'inline',
    });
    compiled.set(key, code);
    return code;
  } catch (error) {
    if (!Array.isArray(error.errors)) throw error;
    for (const { location, text } of error.errors) project.problems.add(file, location?.line ?? 0, text);
    return '';
  }
}

/**
 * @param {Project} project
 * @param {AppConfig} app
 * @param {string} file
 * @param {string} code
 */
function requiredBy(project, app, file, code) {
  /** @type {Record<string, string>} */
  const requires = {};
  for (const [, reference] of code.matchAll(REQUIRE)) {
    const found = resolveScript(project, file, reference);
    const line = lineOf(project.text(file), reference);
    if (found === null) project.problems.add(file, line, `module ${reference} is missing`);
    else if (!mayUse(app, file, found)) {
      project.problems.add(file, line, `${reference} lies in ${whereOf(app, found)}, which is not loaded here`);
    } else requires[reference] = found;
  }
  return requires;
}
