import { BUILTIN_TAGS } from '../../builtin_tags.js';
import { createAnimation } from '../animation.js';
import { SelectorQuery } from '../selector_query.js';
import { viewport } from '../viewport.js';

/**
 * @import { Host } from '../boot.js'
 * @import { Apis } from './wrapping.js'
 */

/** The version of WeChat's base library that the runner stands for. */
const SDK_VERSION = '3.8.0';
const STATUS_BAR_PX = 20;
const AUTHORIZED = Object.fromEntries(
  ['location', 'camera', 'album', 'notification', 'phoneCalendar'].map((what) => [`${what}Authorized`, 'authorized']),
);
/** Events that may be listened to, and that the runner's phone does not have. */
const NEVER_HAPPENS = [
  'WindowResize', 'MenuButtonBoundingClientRectWeightChange', 'MemoryWarning', 'KeyboardHeightChange', 'UserCaptureScreen', 'PageNotFound',
];
const { info, warn, error } = console;
const CAPSULE = { width: 87, height: 32, right: 10, top: 26 };

/** @param {Host & {names: () => string[]}} host `names`: those of all APIs @returns {Apis} */
export function system({ phone, navigation, app, launch, names }) {
  const theme = listeners();
  phone?.on('theme', (value) => theme.tell({ theme: value }));
  const windowInfo = () => {
    const { width, height, top } = viewport();
    const safe = { left: 0, top: STATUS_BAR_PX, right: innerWidth, bottom: innerHeight };
    return {
      pixelRatio: devicePixelRatio,
      screenWidth: innerWidth,
      screenHeight: innerHeight,
      windowWidth: width,
      windowHeight: height,
      statusBarHeight: STATUS_BAR_PX,
      screenTop: top,
      safeArea: { ...safe, width: innerWidth, height: innerHeight - STATUS_BAR_PX },
    };
  };
  const baseInfo = () => ({
    SDKVersion: SDK_VERSION,
    version: '8.0.50',
    language: 'zh_CN',
    enableDebug: false,
    host: { appId: '' },
    fontSizeSetting: phone.settings.fontSize,
    fontSizeScaleFactor: phone.settings.fontSize / 17,
    ...(app.darkmode && { theme: phone.theme }),
  });
  const deviceInfo = () => ({ platform: 'devtools', system: 'iOS 17.0', brand: 'devtools', model: 'iPhone 15', benchmarkLevel: 1 });
  const settingInfo = () => ({ bluetoothEnabled: false, locationEnabled: true, wifiEnabled: true, deviceOrientation: 'portrait' });
  const everything = () => ({ ...windowInfo(), ...baseInfo(), ...deviceInfo(), ...settingInfo() });
  const launchOptions = () => ({ ...launch(), scene: 1001, shareTicket: '', referrerInfo: {}, apiCategory: 'default' });
  return {
    later: { getSystemInfo: everything, getSystemInfoAsync: everything },
    now: {
      getSystemInfoSync: everything,
      getWindowInfo: windowInfo,
      getAppBaseInfo: baseInfo,
      getDeviceInfo: deviceInfo,
      getSystemSetting: settingInfo,
      getAppAuthorizeSetting: () => AUTHORIZED,
      getMenuButtonBoundingClientRect: capsule,
      getAccountInfoSync: () => ({ miniProgram: { appId: '', envVersion: 'develop', version: '' } }),
      getLaunchOptionsSync: launchOptions,
      getEnterOptionsSync: launchOptions,
      canIUse: (schema) => [...names(), ...BUILTIN_TAGS].includes(schema.split('.')[0]),
      nextTick: (callback) => setTimeout(callback),
      createSelectorQuery: () => new SelectorQuery(navigation().top.caller),
      createIntersectionObserver: (caller, options) => caller.createIntersectionObserver(options),
      createAnimation,
      onThemeChange: theme.add,
      offThemeChange: theme.remove,
      ...silent(...NEVER_HAPPENS.flatMap((name) => [`on${name}`, `off${name}`]), 'reportEvent', 'reportPerformance', 'setEnableDebug'),
      getUpdateManager: () => silent('onCheckForUpdate', 'onUpdateReady', 'onUpdateFailed', 'applyUpdate'),
      getLogManager: () => console,
      getRealtimeLogManager: () => ({ ...silent('setFilterMsg', 'addFilterMsg'), info, warn, error }),
      getPerformance: () => ({ createObserver: () => silent('observe', 'disconnect'), getEntries: () => [], now: () => performance.now() }),
    },
  };
}

function capsule() {
  const { width, height, right, top } = CAPSULE;
  return { width, height, top, bottom: top + height, left: innerWidth - right - width, right: innerWidth - right };
}

const silent = (/** @type {string[]} */ ...names) => Object.fromEntries(names.map((name) => [name, () => {}]));

export function listeners() {
  /** @type {Set<(value: unknown) => void>} */
  const known = new Set();
  return {
    add: (/** @type {(value: unknown) => void} */ listener) => void known.add(listener),
    remove: (/** @type {((value: unknown) => void) | undefined} */ listener) => void (listener ? known.delete(listener) : known.clear()),
    tell: (/** @type {unknown} */ value) => known.forEach((listener) => listener(value)),
  };
}
