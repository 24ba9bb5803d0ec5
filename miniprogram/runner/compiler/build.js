import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { build as bundle } from 'esbuild';

import { readApp } from './app_config.js';
import { findComponents } from './components.js';
import { checkListeners } from './listeners.js';
import { checkPackages, measurePackages } from './packages.js';
import { BuildRefused } from './problems.js';
import { compileScripts } from './scripts.js';
import { checkSources } from './source_checks.js';
import { compileStyles } from './styles.js';
import { compileTemplates } from './templates.js';

/**
 * @import { AppJson, Subpackage, Theme } from './app_config.js'
 * @import { ComponentJson } from './components.js'
 * @import { PackageSize } from './packages.js'
 * @import { Problems } from './problems.js'
 * @import { Scripts } from './scripts.js'
 */

const RUNTIME = fileURLToPath(new URL('../runtime', import.meta.url));

/**
 * @typedef {object} Miniprogram what the compiler leaves to the runtime
 * @property {AppJson} app
 * @property {Theme} theme
 * @property {string[]} pages
 * @property {Subpackage[]} subpackages
 * @property {Record<string, ComponentJson>} components by path
 * @property {Record<string, string>} scopes the prefix of a component's classes, by path
 * @property {Record<string, string>} sheets by path; the app's own is `app`
 * @property {Record<string, import('glass-easel').template.ComponentTemplate['content']>} templates by path
 * @property {Scripts} modules
 */

/**
 * Compiles a mini-program for the browser. Raises BuildRefused with everything that WeChat would not take.
 *
 * @param {import('./project.js').Project} project
 * @returns {Promise<{code: string, pages: number, components: number, modules: number, sizes: PackageSize[]}>} a script that leaves the
 *     mini-program in `globalThis.__miniprogram`
 */
export async function compile(project) {
  project.json('app.json');
  refuse(project); // what follows from a missing or broken app.json would only hide that
  const app = readApp(project);
  const components = findComponents(project, app);
  const templates = compileTemplates(project, components);
  const styles = compileStyles(project, components);
  const modules = await compileScripts(project, app, components.keys());
  checkSources(project, app, modules);
  checkListeners(project, components, modules);
  const sizes = measurePackages(project, app);
  checkPackages(project, sizes);
  refuse(project);

  const miniprogram = {
    app: app.config,
    theme: app.theme,
    pages: app.pages,
    subpackages: app.subpackages,
    components: Object.fromEntries([...components].map(([name, { config }]) => [name, config])),
    ...styles,
  };
  const code = `globalThis.__miniprogram=${JSON.stringify(miniprogram)};
__miniprogram.templates=${templates};
__miniprogram.modules=${JSON.stringify(modules)};`;
  return { code, pages: app.pages.length, components: components.size, modules: Object.keys(modules).length, sizes };
}

/** @param {{problems: Problems}} project */
function refuse({ problems }) {
  if (problems.list.length > 0) throw new BuildRefused(problems);
}

/** The runtime as one script; it is the same for every mini-program. */
export async function bundleRuntime() {
  const result = await bundle({
    entryPoints: [path.join(RUNTIME, 'boot.js')],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'silent',
  });
  return result.outputFiles[0].text;
}
