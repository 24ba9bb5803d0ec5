import { isNpm } from './project.js';
import { tagsOf } from './wxml.js';

/**
 * @import { Component } from './components.js'
 * @import { Project } from './project.js'
 * @import { Scripts } from './scripts.js'
 */

const EVENT = /^(?:capture-)?(?:mut-)?(?:bind|catch)(?::|(?=[a-z]))/;

/**
 * Where a template names a method that its component does not have, WeChat says nothing until somebody taps.
 *
 * @param {Project} project
 * @param {Map<string, Component>} components
 * @param {Scripts} modules
 */
export function checkListeners(project, components, modules) {
  for (const path of components.keys()) {
    const file = `${path}.wxml`;
    if (isNpm(path) || !project.has(file)) continue;
    const sources = ownSources(project, modules, `${path}.js`);
    for (const { name: tag, attributes, line } of tagsOf(project.text(file))) {
      for (const [attribute, method] of Object.entries(attributes)) {
        if (!EVENT.test(attribute) || !/^[\w$]+$/.test(method)) continue;
        const isThere = new RegExp(`\\b${method.replaceAll('$', '\\$')}\\b`);
        if (!sources.some((source) => isThere.test(source))) {
          project.problems.add(file, line, `<${tag} ${attribute}="${method}">: ${path}.js has no such method`);
        }
      }
    }
  }
}

/**
 * The script and what it requires of the mini-program's own: methods may come from behaviors.
 *
 * @param {Project} project
 * @param {Scripts} modules
 * @param {string} script
 * @returns {string[]} contents
 */
function ownSources(project, modules, script) {
  /** @type {Set<string>} */
  const seen = new Set();
  const waiting = [script];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (seen.has(file) || isNpm(file) || !(file in modules)) continue;
    seen.add(file);
    waiting.push(...Object.values(modules[file].requires));
  }
  return [...seen].map((file) => project.text(file));
}
