import { defineBuiltin } from './builtin/index.js';
import { parseAddress, writeAddress } from './addresses.js';
import { createEngine } from './engine.js';
import { createLoader } from './modules.js';
import { Navigation } from './navigation.js';
import { Phone } from './phone.js';
import { Privacy } from './privacy.js';
import { note, problems, watchErrors } from './problems.js';
import { acceptUnitsInStyles } from './inline_styles.js';
import { installSelectorQuery } from './selector_query.js';
import { guardSetData } from './set_data.js';
import { openMenu, share } from './share.js';
import { byId } from './shell/dom.js';
import { Shell } from './shell/shell.js';
import { createWx } from './wx/index.js';

/**
 * @import { AppJson } from '../compiler/app_config.js'
 * @import { Miniprogram } from '../compiler/build.js'
 * @import { Builtin } from './builtin/define.js'
 * @import { Engine } from './engine.js'
 */

/**
 * @typedef {object} Host the parts that the APIs and WeChat's own components stand on
 * @property {Miniprogram} miniprogram
 * @property {Phone} phone
 * @property {Shell} shell
 * @property {AppJson} app
 * @property {Privacy} privacy
 * @property {() => Navigation} navigation
 * @property {() => {path: string, query: Record<string, string>}} launch
 * @property {(from: 'button' | 'menu', button?: Builtin) => Promise<void>} share
 * @property {() => void} restart
 * @property {() => Wx} wx
 */

/** @typedef {Record<string, any>} Wx `wx`, as the mini-program knows it */
/** @typedef {ReturnType<typeof driver>} Driver */

/** Starts the mini-program that the compiler left in `globalThis.__miniprogram`. */
function boot() {
  watchErrors();
  acceptUnitsInStyles();
  guardSetData();
  installSelectorQuery();

  const miniprogram = globalThis.__miniprogram;
  const query = new URLSearchParams(location.search);
  const phone = new Phone(new URL('../', location.href).pathname, query);
  const shell = new Shell(miniprogram, phone);
  const engine = createEngine(miniprogram);
  const navigation = new Navigation(engine, miniprogram, shell);
  const address = parseAddress(query.get('path') ?? miniprogram.app.entryPagePath ?? `/${miniprogram.pages[0]}`);
  /** @type {Host} */
  const host = {
    miniprogram, phone, shell,
    app: miniprogram.app,
    privacy: new Privacy(miniprogram.app, phone),
    navigation: () => navigation,
    launch: () => ({ path: address.route, query: address.query }),
    share: (from, button) => share(host, from, button),
    restart: () => location.reload(),
    wx: () => wx,
  };
  const wx = createWx(host);
  defineBuiltin(engine.space.getComponentSpace(), host);
  const appOf = startApp(miniprogram, engine, navigation, wx);
  followPhone(phone, shell, appOf);
  byId('mp-dots').onclick = () => openMenu(host);
  globalThis.__runner = driver({ problems, phone, navigation, wx, appOf });

  if (!miniprogram.pages.includes(address.route)) {
    note('wechat', `${address.route} is no page of app.json`);
    return;
  }
  const options = { path: address.route, query: address.query, scene: 1001, referrerInfo: {} };
  callApp(appOf(), 'onLaunch', options);
  callApp(appOf(), 'onShow', options);
  phone.emit('show', options);
  navigation.launch(address);
}

/**
 * Runs app.js and every page's and component's script.
 *
 * @param {Miniprogram} miniprogram @param {Engine} engine @param {Navigation} navigation @param {Wx} wx
 * @returns {() => any} the app
 */
function startApp(miniprogram, engine, navigation, wx) {
  /** @type {any} */
  let app = null;
  const loader = createLoader(miniprogram, engine.space, {
    App: (/** @type {unknown} */ definition) => (app = definition),
    getApp: () => app,
    getCurrentPages: () => navigation.stack.map(({ caller }) => caller),
    wx,
  });
  if (miniprogram.modules['app.js']) loader.run('app.js');
  if (app === null) note('wechat', 'app.js did not call App()');
  const isPage = (/** @type {string} */ path) => Number(miniprogram.pages.includes(path));
  // Pages last: by then every component that they use is known.
  for (const path of Object.keys(miniprogram.components).sort((a, b) => isPage(a) - isPage(b))) loader.loadComponent(path);
  return () => app;
}

/** @param {any} app @param {string} name @param {...unknown} values */
function callApp(app, name, ...values) {
  try {
    app?.[name]?.call(app, ...values);
  } catch (error) {
    note('error', `app.js ${name}: ${error.stack ?? error}`);
  }
}

/** Lets the theme and the person's coming and going reach the app. @param {Phone} phone @param {Shell} shell @param {() => any} appOf */
function followPhone(phone, shell, appOf) {
  const drawTheme = () => {
    const { theme } = phone;
    if (document.documentElement.dataset.theme === theme) return;
    const isFirst = document.documentElement.dataset.theme === undefined;
    document.documentElement.dataset.theme = theme;
    shell.redraw();
    if (isFirst) return;
    phone.emit('theme', theme);
    callApp(appOf(), 'onThemeChange', { theme });
  };
  drawTheme();
  phone.on('change', drawTheme);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawTheme);
  document.addEventListener('visibilitychange', () => {
    const isHidden = document.visibilityState === 'hidden';
    callApp(appOf(), isHidden ? 'onHide' : 'onShow', {});
    phone.emit(isHidden ? 'hide' : 'show', {});
    shell.drawn?.page.call(isHidden ? 'onHide' : 'onShow');
  });
  addEventListener('message', ({ source, data }) => {
    if (source === parent && data?.kind === 'phone') phone.set(data.changes);
  });
}

/**
 * What tests and the phone's frame use.
 *
 * @param {{problems: typeof problems, phone: Phone, navigation: Navigation, wx: Wx, appOf: () => any}} parts
 */
function driver({ problems: list, phone, navigation, wx, appOf }) {
  return {
    problems: list,
    phone,
    wx,
    /** Routes of the open pages, the one on top last. */
    routes: () => navigation.stack.map(({ route, query }) => writeAddress({ route, query })),
    /** The page's instance, as its own code knows it. */
    page: () => navigation.top.caller,
    data: () => structuredClone(navigation.top.caller.data),
    app: appOf,
    pullDown: () => navigation.top.refresh.start(),
  };
}

if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', boot);
else boot();
