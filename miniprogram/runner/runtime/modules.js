import { note } from './problems.js';

/**
 * @import { CodeSpace, ComponentEnv } from 'glass-easel-miniprogram-adapter'
 * @import { Miniprogram } from '../compiler/build.js'
 */

/** A mini-program has no browser around it: these names are undefined to its code. */
const HIDDEN = [
  'window', 'document', 'self', 'parent', 'top', 'frames', 'location', 'navigator', 'localStorage', 'sessionStorage', 'indexedDB',
  'history', 'XMLHttpRequest', 'WebSocket', 'fetch', 'alert', 'confirm', 'prompt', 'Image', 'requestAnimationFrame',
];
const GIVEN = ['require', 'module', 'exports', 'Page', 'Component', 'Behavior', 'App', 'getApp', 'getCurrentPages', 'wx'];

/**
 * Runs the mini-program's scripts, each once, as WeChat's module loader does.
 *
 * @param {Miniprogram} miniprogram @param {CodeSpace} space
 * @param {{App: Function, getApp: Function, getCurrentPages: Function, wx: object}} globals
 */
export function createLoader(miniprogram, space, globals) {
  /** @type {Map<string, {exports: unknown}>} */
  const cache = new Map();
  const builtinBehaviors = new Map();
  /** Of the script that is loading. @type {ComponentEnv | null} */
  let definers = null;

  /** @param {string} file @returns {unknown} what it exports */
  function run(file) {
    const known = cache.get(file);
    if (known) return known.exports;
    const module = { exports: {} };
    cache.set(file, module);
    const { code, requires } = miniprogram.modules[file];
    const require = (/** @type {string} */ reference) => {
      if (!(reference in requires)) throw new Error(`module '${reference}' is not defined (required by ${file})`);
      return run(requires[reference]);
    };
    const given = [require, module, module.exports, definer('Page'), definer('Component'), definer('Behavior')];
    const { App, getApp, getCurrentPages, wx } = globals;
    wrapped(file, code)(...given, App, getApp, getCurrentPages, wx);
    return module.exports;
  }

  /** Behaviors may be made anywhere; pages and components only by the script of their own name. */
  const definer = (/** @type {'Page' | 'Component' | 'Behavior'} */ name) => (/** @type {any} */ definition) => {
    if (name === 'Behavior' && definers === null) return space.behavior().definition(prepared(definition)).register();
    if (definers === null) throw new Error(`${name}() must be called by the script of a page or component, while it loads`);
    return /** @type {(definition: unknown) => unknown} */ (definers[name])(prepared(definition));
  };

  /** `wx://form-field` and its like: named behaviors of WeChat's own, which ask for nothing here. */
  const prepared = (/** @type {any} */ definition) => {
    if (!definition?.behaviors) return definition;
    const named = (/** @type {string} */ name) => {
      if (!builtinBehaviors.has(name)) builtinBehaviors.set(name, space.behavior().definition({}).register());
      return builtinBehaviors.get(name);
    };
    return { ...definition, behaviors: definition.behaviors.map((/** @type {unknown} */ each) => (typeof each === 'string' ? named(each) : each)) };
  };

  return {
    run,
    /** @param {string} path */
    loadComponent(path) {
      space.componentEnv(path, (given) => {
        const before = definers;
        definers = given;
        try {
          run(`${path}.js`);
        } catch (error) {
          note('error', `${path}.js: ${error.stack ?? error}`);
        } finally {
          definers = before;
        }
      });
    },
  };
}

/** On one line, so that lines in the developer tools are those of the source. @param {string} file @param {string} code */
function wrapped(file, code) {
  const parameters = [...GIVEN, ...HIDDEN].join(',');
  // The inner function lets a script use these names for variables of its own.
  return (0, eval)(`(function(${parameters}){(function(){${code}\n})()})\n//# sourceURL=miniprogram/${file}`);
}
