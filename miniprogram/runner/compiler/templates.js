import templateCompiler from 'glass-easel-template-compiler';

import { BUILTIN_TAGS, SYNTAX_TAGS } from '../builtin_tags.js';
import { lineAt, lineOf } from './problems.js';
import { isNpm } from './project.js';
import { tagsOf, withPrefixedTags } from './wxml.js';
import { requiredBy, toJavaScript } from './wxs.js';

/**
 * @import { TmplGroup } from 'glass-easel-template-compiler'
 * @import { Component } from './components.js'
 * @import { Project } from './project.js'
 */

const KNOWN_TAGS = new Set([...BUILTIN_TAGS, ...SYNTAX_TAGS]);
/** Functions of WXS as listeners get the owner of the template besides (runtime/wxs_events.js). */
const WXS_HOOKS =
  'Q.A=function(f,p){return globalThis.__wxs.onChange(f,p)};Q.C=function(c,e,f,p){return globalThis.__wxs.onEvent(c,e,f,p)};';
const withoutExtension = (/** @type {string} */ file) => file.replace(/\.[^./]+$/, '');

/** @typedef {{project: Project, group: TmplGroup, templates: Set<string>, scripts: Set<string>}} Compilation what was added so far */

/**
 * Compiles the templates of components, with all that they import.
 *
 * @param {import('./project.js').Project} project
 * @param {Map<string, import('./components.js').Component>} components
 * @returns {string} an expression: path → the generator that glass-easel takes
 */
export function compileTemplates(project, components) {
  const group = new templateCompiler.TmplGroup();
  /** @type {Compilation} */
  const compilation = { project, group, templates: new Set(), scripts: new Set() };
  for (const [path, component] of components) {
    addTemplate(compilation, path, `${path}.json`);
    if (!isNpm(path)) checkTags(project, path, component);
  }
  group.setExtraRuntimeScript(WXS_HOOKS);
  return group.getTmplGenObjectGroups();
}

/**
 * Adds a template (named without extension) and, behind it, what it imports.
 *
 * @param {Compilation} compilation
 * @param {string} path
 * @param {string} referrer the file that names it
 */
function addTemplate(compilation, path, referrer) {
  const { project, group, templates } = compilation;
  if (templates.has(path)) return;
  templates.add(path);
  const file = `${path}.wxml`;
  if (!project.has(file)) {
    project.problems.add(referrer, project.has(referrer) ? lineOf(project.text(referrer), lastOf(path)) : 0, `${file} is missing`);
    return;
  }
  for (const warning of group.addTmpl(path, withPrefixedTags(project.text(file))) ?? []) {
    if (warning.isError) project.problems.add(file, warning.startLine + 1, warning.message);
  }
  for (const name of group.getInlineScriptModuleNames(path)) {
    group.setInlineScript(path, name, toJavaScript(group.getInlineScript(path, name)));
  }
  for (const imported of group.getDirectDependencies(path)) addTemplate(compilation, withoutWxml(imported), file);
  for (const script of group.getScriptDependencies(path)) addScript(compilation, script, file);
}

/** As a path may be written: relative ones keep only their end. */
const lastOf = (/** @type {string} */ path) => path.slice(path.lastIndexOf('/') + 1);
const withoutWxml = (/** @type {string} */ path) => path.replace(/\.wxml$/, '');

/** @param {Compilation} compilation @param {string} path @param {string} referrer the file that names it */
function addScript(compilation, path, referrer) {
  const { project, group, scripts } = compilation;
  if (scripts.has(path)) return;
  scripts.add(path);
  const file = path.endsWith('.wxs') ? path : `${path}.wxs`;
  if (!project.has(file)) {
    project.problems.add(referrer, lineOf(project.text(referrer), lastOf(file)), `${file} is missing`);
    return;
  }
  const source = project.text(file);
  for (const required of requiredBy(file, source)) addScript(compilation, withoutExtension(required), file);
  group.addScript(path, toJavaScript(source));
}

/**
 * WeChat shows nothing for a tag that it does not know, and says so only in its console.
 *
 * @param {Project} project
 * @param {string} path
 * @param {Component} component
 */
function checkTags(project, path, component) {
  const file = `${path}.wxml`;
  if (!project.has(file)) return;
  const known = (/** @type {string} */ name) => KNOWN_TAGS.has(name) || name in component.usingComponents || name in component.generics;
  const source = project.text(file);
  for (const tag of tagsOf(source)) {
    if (!tag.isClosing && !known(tag.name)) {
      project.problems.add(file, tag.line, `<${tag.name}> is not in usingComponents of ${path}.json or app.json`);
    }
  }
  for (const image of source.matchAll(/<image\b[^>]*\bsrc="(\/[^"{]+)"/g)) {
    if (!project.has(image[1].slice(1))) project.problems.add(file, lineAt(source, image.index), `${image[1]} is missing`);
  }
}
