import { resolveComponent, resolveFile, resolveScript } from '../compiler/references.js';
import { tagsOf } from '../compiler/wxml.js';
import { requiredBy } from '../compiler/wxs.js';

/** @import { Project } from '../compiler/project.js' */

const IMPORT = /\b(?:from|import|require\()\s*["']([^"']+)["']/g;
const PARTS = ['.json', '.js', '.wxml', '.wxss'];

/**
 * The files that a file needs, of any of WeChat's kinds.
 *
 * @param {import('../compiler/project.js').Project} project @param {string} file
 * @returns {string[]} those that exist
 */
export function referencesOf(project, file) {
  const kind = file.slice(file.lastIndexOf('.'));
  return (READERS[kind]?.(project, file) ?? []).filter((name) => name !== null).filter((name) => project.has(name));
}

/** @type {Record<string, (project: Project, file: string) => (string | null)[]>} */
const READERS = {
  '.json'(project, file) {
    const { usingComponents = {}, componentGenerics = {} } = parsed(project.text(file));
    const named = [...Object.values(usingComponents), ...Object.values(componentGenerics).map((generic) => generic?.default)];
    return named.filter((reference) => typeof reference === 'string').flatMap((reference) => {
      const found = resolveComponent(project, file, reference);
      return found === null ? [] : PARTS.map((part) => `${found}${part}`);
    });
  },
  '.js': (project, file) => [...project.text(file).matchAll(IMPORT)].map(([, reference]) => resolveScript(project, file, reference)),
  '.wxml': (project, file) =>
    tagsOf(project.text(file)).flatMap(({ name, attributes: { src } }) => {
      if (!src) return [];
      if (name === 'wxs') return [resolveFile(file, src, '.wxs')];
      return ['import', 'include'].includes(name) ? [resolveFile(file, src, '.wxml')] : [];
    }),
  '.wxss': (project, file) =>
    [...project.text(file).matchAll(/@import\s+(?:url\()?["']([^"']+)["']/g)].map(([, reference]) => resolveFile(file, reference, '.wxss')),
  '.wxs': (project, file) => requiredBy(file, project.text(file)),
};

/** Other JSON files may hold what they like. @param {string} text @returns {any} */
function parsed(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
