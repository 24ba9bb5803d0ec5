import { BUILTIN_TAGS } from '../builtin_tags.js';
import { lineAt } from './problems.js';

const BUILTIN = new Set(BUILTIN_TAGS);
const NAME = /[A-Za-z][\w.:-]*/y;

/** @typedef {{name: string, nameAt: number, line: number, isClosing: boolean, attributes: Record<string, string>}} Tag */

/**
 * The tags of a template in their order. Comments, the code of `<wxs>` and text are skipped.
 *
 * @param {string} source
 * @returns {Tag[]}
 */
export function tagsOf(source) {
  /** @type {Tag[]} */
  const tags = [];
  let at = 0;
  while ((at = nextMarkup(source, at)) !== -1) {
    if (source.startsWith('<!--', at)) {
      at = after(source, '-->', at + 4);
      continue;
    }
    const isClosing = source[at + 1] === '/';
    const nameAt = at + (isClosing ? 2 : 1);
    NAME.lastIndex = nameAt;
    const name = NAME.exec(source)?.[0];
    if (name === undefined) {
      at += 1;
      continue;
    }
    const { attributes, end, isSelfClosing } = readAttributes(source, nameAt + name.length);
    tags.push({ name, nameAt, line: lineAt(source, at), isClosing, attributes });
    at = name === 'wxs' && !isClosing && !isSelfClosing ? source.indexOf('</wxs', end) : end;
    if (at === -1) break;
  }
  return tags;
}

/** The next `<` outside of an expression. @param {string} source @param {number} from */
function nextMarkup(source, from) {
  for (let at = from; at < source.length; at += 1) {
    if (source[at] === '<') return at;
    if (source.startsWith('{{', at)) at = after(source, '}}', at + 2) - 1;
  }
  return -1;
}

/** @param {string} source @param {string} mark @param {number} from */
function after(source, mark, from) {
  const at = source.indexOf(mark, from);
  return at === -1 ? source.length : at + mark.length;
}

/** @param {string} source @param {number} from */
function readAttributes(source, from) {
  /** @type {Record<string, string>} */
  const attributes = {};
  let at = from;
  while (at < source.length && source[at] !== '>') {
    const written = /^([^\s=>/"']+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'))?/.exec(source.slice(at, at + 20_000));
    if (written === null) {
      at += 1;
      continue;
    }
    attributes[written[1]] = written[2] ?? written[3] ?? '';
    at += written[0].length;
  }
  return { attributes, end: Math.min(at + 1, source.length), isSelfClosing: source[at - 1] === '/' };
}

/** WeChat's own components get a prefix, so that none of them is taken for an element of HTML. @param {string} source */
export function withPrefixedTags(source) {
  let written = '';
  let from = 0;
  for (const { name, nameAt } of tagsOf(source)) {
    if (!BUILTIN.has(name)) continue;
    written += `${source.slice(from, nameAt)}wx-`;
    from = nameAt;
  }
  return written + source.slice(from);
}
