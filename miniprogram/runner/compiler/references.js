import path from 'node:path';

/** @import { Project } from './project.js' */

/**
 * Finds what a file refers to, as WeChat does: relative to it, from the root (`/`), or in a `miniprogram_npm` of its folder or
 * of one above.
 *
 * @param {import('./project.js').Project} project
 * @param {string} from the file that refers
 * @param {string} reference as written there
 * @param {(candidate: string) => string | null} accept the name of the file if the candidate is one
 * @returns {string | null}
 */
export function resolve(project, from, reference, accept) {
  for (const candidate of candidates(from, reference)) {
    const found = accept(candidate);
    if (found !== null) return found;
  }
  return null;
}

/** @param {string} from @param {string} reference */
function candidates(from, reference) {
  const folder = path.posix.dirname(from);
  if (reference.startsWith('/')) return [path.posix.normalize(reference.slice(1))];
  const list = [path.posix.join(folder, reference)];
  if (reference.startsWith('.')) return list;
  for (let at = folder; ; at = path.posix.dirname(at)) {
    list.push(path.posix.join(at, 'miniprogram_npm', reference));
    if (at === '.') return list;
  }
}

/**
 * A component is named without extension: its .json, .js and .wxml lie together.
 *
 * @param {Project} project
 * @param {string} from
 * @param {string} reference
 */
export function resolveComponent(project, from, reference) {
  return resolve(project, from, reference, (name) =>
    [name, `${name}/index`].find((each) => project.has(`${each}.json`) && project.has(`${each}.js`)) ?? null,
  );
}

/** @param {Project} project @param {string} from @param {string} reference */
export function resolveScript(project, from, reference) {
  return resolve(project, from, reference, (name) =>
    [name, `${name}.js`, `${name}/index.js`].find((each) => each.endsWith('.js') && project.has(each)) ?? null,
  );
}

/**
 * For WXML, WXSS and WXS, which know no `index` and no npm: a path with or without its extension.
 *
 * @param {string} from
 * @param {string} reference
 * @param {string} extension
 */
export function resolveFile(from, reference, extension) {
  const name = reference.startsWith('/') ? reference.slice(1) : path.posix.join(path.posix.dirname(from), reference);
  return name.endsWith(extension) ? name : `${name}${extension}`;
}
