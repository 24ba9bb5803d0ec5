import postcss from 'postcss';
import selectorParser from 'postcss-selector-parser';

import { BUILTIN_TAGS } from '../builtin_tags.js';
import { withPixels } from '../units.js';
import { lineOf } from './problems.js';
import { isNpm } from './project.js';
import { resolveFile } from './references.js';

/**
 * @import { AtRule, Root, Rule } from 'postcss'
 * @import { Component } from './components.js'
 * @import { Project } from './project.js'
 */

const BUILTIN = new Set(BUILTIN_TAGS);
const DARK = /\(\s*prefers-color-scheme\s*:\s*(dark|light)\s*\)/;

/**
 * @param {import('./project.js').Project} project
 * @param {Map<string, import('./components.js').Component>} components
 * @returns {{scopes: Record<string, string>, sheets: Record<string, string>}} by component; the app's own sheet is `app`
 */
export function compileStyles(project, components) {
  /** @type {Record<string, string>} */
  const scopes = {};
  /** @type {Record<string, string>} */
  const sheets = {};
  for (const [path, component] of components) {
    if (isScoped(component)) scopes[path] = `s${Object.keys(scopes).length.toString(36)}`;
    const file = `${path}.wxss`;
    if (project.has(file)) sheets[path] = compileSheet(project, file, scopes[path] ?? '');
  }
  if (project.has('app.wxss')) sheets.app = compileSheet(project, 'app.wxss', '');
  return { scopes, sheets };
}

/** Whether a component's classes are its own. Pages share theirs with the app. @param {Component} component */
function isScoped({ config, isPage }) {
  const isolation = config.styleIsolation ?? (config.component && !isPage ? 'isolated' : 'shared');
  return !['shared', 'page-shared'].includes(isolation);
}

/** @param {Project} project @param {string} file @param {string} scope '' for a sheet that applies everywhere */
function compileSheet(project, file, scope) {
  const sheet = parse(project, file);
  if (sheet === null) return '';
  inlineImports(project, file, sheet, new Set([file]));
  sheet.walkDecls((declaration) => {
    declaration.value = withPixels(declaration.value);
  });
  sheet.walkRules((rule) => {
    if (!isKeyframe(rule)) rule.selector = compileSelector(rule.selector, scope);
  });
  sheet.walkAtRules('media', (media) => {
    media.params = withPixels(media.params);
    followTheme(media);
  });
  return sheet.toString();
}

/** Whether it stands in `@keyframes`, where `from` and `to` are no selectors. @param {Rule} rule */
function isKeyframe({ parent }) {
  return parent?.type === 'atrule' && /keyframes$/.test(/** @type {AtRule} */ (parent).name);
}

/** @param {Project} project @param {string} file @returns {Root | null} null, with a problem noted, where it is no sheet */
function parse(project, file) {
  try {
    const sheet = postcss.parse(project.text(file), { from: file });
    if (!isNpm(file)) checkSheet(project, file, sheet);
    return sheet;
  } catch (error) {
    if (error.name !== 'CssSyntaxError') throw error;
    project.problems.add(file, error.line, error.reason);
    return null;
  }
}

/**
 * @param {Project} project
 * @param {string} file
 * @param {Root} sheet
 * @param {Set<string>} seen
 */
function inlineImports(project, file, sheet, seen) {
  sheet.walkAtRules('import', (rule) => {
    const reference = /["']([^"']+)["']/.exec(rule.params)?.[1] ?? '';
    const name = resolveFile(file, reference, '.wxss');
    if (!project.has(name)) {
      project.problems.add(file, lineOf(project.text(file), reference), `${name} is missing`);
      rule.remove();
    } else if (seen.has(name)) {
      rule.remove();
    } else {
      seen.add(name);
      const imported = parse(project, name);
      if (imported === null) return;
      inlineImports(project, name, imported, seen);
      rule.replaceWith(imported.nodes);
    }
  });
}

/**
 * Sheets cannot name files of the package: on a phone there would be no picture.
 *
 * @param {Project} project
 * @param {string} file
 * @param {Root} sheet
 */
function checkSheet(project, file, sheet) {
  sheet.walkDecls((declaration) => {
    const address = /url\(\s*["']?(?!data:|https:|#)([^)"']+)/.exec(declaration.value)?.[1];
    if (address) project.problems.add(file, declaration.source?.start?.line ?? 0, `url(${address}): WXSS takes only data: and https: addresses`);
  });
}

/** @param {string} selector @param {string} scope */
function compileSelector(selector, scope) {
  return selectorParser((selectors) => {
    selectors.walkTags((tag) => {
      if (BUILTIN.has(tag.value)) tag.value = `wx-${tag.value}`;
      else if (tag.value === 'page') tag.value = '.wx-page';
    });
    if (scope) selectors.walkClasses((name) => void (name.value = `${scope}--${name.value}`));
    // glass-easel puts the component's own mark before each id.
    selectors.walkIds((id) => void id.replaceWith(attribute('id', '$=', `--${id.value}`)));
    selectors.walkPseudos((pseudo) => {
      if (pseudo.value === ':host') pseudo.replaceWith(attribute('wx-host', '=', scope));
    });
  }).processSync(selector);
}

/** @param {string} name @param {'=' | '$='} operator @param {string} value */
function attribute(name, operator, value) {
  return selectorParser.attribute({ attribute: name, operator, quoteMark: '"', value, raws: {} });
}

/** The phone's theme can be chosen without the browser's: the rules of a theme hang on an attribute of the root. @param {AtRule} media */
function followTheme(media) {
  const theme = DARK.exec(media.params)?.[1];
  if (theme === undefined) return;
  media.walkRules((rule) => {
    if (isKeyframe(rule)) return;
    rule.selectors = rule.selectors.map((selector) => `:where(:root[data-theme="${theme}"]) ${selector}`);
  });
  const rest = media.params.replace(DARK, '').replace(/^\s*and\b|\band\s*$/g, '').replace(/\band\s+and\b/, 'and').trim();
  if (rest && rest !== 'screen') media.params = rest;
  else media.replaceWith(media.nodes);
}
