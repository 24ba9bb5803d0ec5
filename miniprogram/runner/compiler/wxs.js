import { resolveFile } from './references.js';

/** What WXS offers beside JavaScript's own. */
const PRELUDE =
  'var getRegExp=function(a,b){return new RegExp(a,b||"")},' +
  'getDate=function(){return new (Function.prototype.bind.apply(Date,[null].concat([].slice.call(arguments))))};';

const REQUIRE = /require\(\s*(['"])([^'"]+)\1\s*\)/g;

/** In WXS `x.constructor` is the name of the type: a text. On one line, so that lines keep their numbers. @param {string} source */
export function toJavaScript(source) {
  return PRELUDE + source.replace(/\.constructor(\s*[!=]==?\s*['"])/g, '.constructor.name$1').replace(/\.wxs(['"]\s*\))/g, '$1');
}

/** The WXS files that a WXS file requires. @param {string} file @param {string} source */
export function requiredBy(file, source) {
  return [...source.matchAll(REQUIRE)].map((match) => resolveFile(file, match[2], '.wxs'));
}
