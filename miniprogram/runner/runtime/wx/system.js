import { createAnimation } from '../animation.js';
import { SelectorQuery } from '../selector_query.js';
import { viewport } from '../viewport.js';

/** The version of WeChat's base library that the runner stands for. */
const SDK_VERSION = '3.8.0';
const STATUS_BAR_PX = 20;
const CAPSULE = { width: 87, height: 32, right: 10, top: 26 };

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
  const deviceInfo = () => ({ platform: 'devtools', system: 'iOS 17.0', brand: 'devtools', model: 'iPhone 15', benchmarkLevel: 1, abi: '', memorySize: '' });
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
      getAppAuthorizeSetting: () => ({ locationAuthorized: 'authorized', cameraAuthorized: 'authorized', albumAuthorized: 'authorized', notificationAuthorized: 'authorized', phoneCalendarAuthorized: 'authorized' }),
      getMenuButtonBoundingClientRect: () => ({
        ...CAPSULE, left: innerWidth - CAPSULE.right - CAPSULE.width, right: innerWidth - CAPSULE.right, bottom: CAPSULE.top + CAPSULE.height,
      }),
      getAccountInfoSync: () => ({ miniProgram: { appId: phone.appId ?? '', envVersion: 'develop', version: '' } }),
      getLaunchOptionsSync: launchOptions,
      getEnterOptionsSync: launchOptions,
      canIUse: (schema) => names().includes(schema.split('.')[0]) || /^[a-z]+(-[a-z]+)*(\.|$)/.test(schema),
      nextTick: (callback) => setTimeout(callback),
      createSelectorQuery: () => new SelectorQuery(navigation().top.caller),
      createIntersectionObserver: (caller, options) => caller.createIntersectionObserver(options),
      createAnimation,
      onThemeChange: theme.add,
      offThemeChange: theme.remove,
      ...silent('onWindowResize', 'offWindowResize', 'onMenuButtonBoundingClientRectWeightChange', 'offMenuButtonBoundingClientRectWeightChange'),
      ...silent('onMemoryWarning', 'offMemoryWarning', 'onKeyboardHeightChange', 'offKeyboardHeightChange', 'onUserCaptureScreen', 'offUserCaptureScreen'),
      ...silent('reportEvent', 'reportPerformance', 'setEnableDebug', 'onPageNotFound', 'offPageNotFound'),
      getUpdateManager: () => silent('onCheckForUpdate', 'onUpdateReady', 'onUpdateFailed', 'applyUpdate'),
      getLogManager: () => console,
      getRealtimeLogManager: () => ({ ...silent('setFilterMsg', 'addFilterMsg'), info: console.info, warn: console.warn, error: console.error }),
      getPerformance: () => ({ createObserver: () => silent('observe', 'disconnect'), getEntries: () => [], now: () => performance.now() }),
    },
  };
}

const silent = (...names) => Object.fromEntries(names.map((name) => [name, () => {}]));

export function listeners() {
  const known = new Set();
  return {
    add: (listener) => void known.add(listener),
    remove: (listener) => void (listener ? known.delete(listener) : known.clear()),
    tell: (value) => known.forEach((listener) => listener(value)),
  };
}
