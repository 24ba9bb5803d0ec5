/** Beside the hospitals of the demo. */
const DEFAULT_PLACE = '30.2741,120.1551';

/** @typedef {(value: any) => void} PhoneListener of `change`, with the changed settings, of `theme`, and of `show` and `hide` of the app */

/**
 * The phone that the mini-program runs on, and the person who holds it: settings, network, place, what was permitted.
 *
 * Settings come from the page's address (`?theme=dark&font=20&person=li&place=31.2,121.5&network=none`), and may be changed at any
 * time: `__runner.phone.set({theme: 'dark'})`. What was permitted is kept in the browser's storage, as an installed app would.
 */
export class Phone {
  /** @param {string} base address of the runner's server, ending in `/` */
  constructor(base, address = new URLSearchParams()) {
    this.base = base;
    const place = (address.get('place') ?? DEFAULT_PLACE).split(',').map(Number);
    this.settings = {
      theme: address.get('theme') ?? 'auto',
      fontSize: Number(address.get('font') ?? 17),
      person: address.get('person') ?? 'patient',
      phoneNumber: address.get('phone') ?? '13800138000',
      network: address.get('network') ?? 'wifi',
      latitude: place[0],
      longitude: place[1],
    };
    /** @type {string | null} */
    this.openid = null;
    /** @type {Map<string, {blob: Blob, address: string}>} */
    this.files = new Map();
    /** What the mini-program left on the phone. @type {{title: string, startTime: number}[]} */
    this.calendar = [];
    /** @type {string[]} */
    this.sharedFiles = [];
    /** @type {string | undefined} */
    this.clipboard = undefined;
    /** The number that was called last. @type {string | undefined} */
    this.called = undefined;
    /** The card that was shared last. @type {{title: string, path: string} | undefined} */
    this.shared = undefined;
    /** @type {Map<string, PhoneListener[]>} */
    this._listeners = new Map();
  }

  /** @returns {'light' | 'dark'} */
  get theme() {
    const { theme } = this.settings;
    if (theme === 'light' || theme === 'dark') return theme;
    return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  }

  get isOnline() {
    return this.settings.network !== 'none' && navigator.onLine;
  }

  /** @param {Partial<Phone['settings']>} changes */
  set(changes) {
    Object.assign(this.settings, changes);
    if ('person' in changes) this.openid = null;
    this.emit('change', changes);
  }

  /** @param {string} name @param {PhoneListener} listener */
  on(name, listener) {
    this._listeners.set(name, [...(this._listeners.get(name) ?? []), listener]);
  }

  /** @param {string} name @param {PhoneListener} [listener] */
  off(name, listener) {
    this._listeners.set(name, listener ? (this._listeners.get(name) ?? []).filter((each) => each !== listener) : []);
  }

  /** @param {string} name @param {unknown} value */
  emit(name, value) {
    for (const listener of this._listeners.get(name) ?? []) listener(value);
  }

  /** What the person permitted or refused: scope → boolean; `privacy` besides. @returns {Record<string, boolean>} */
  get permissions() {
    return JSON.parse(localStorage.getItem('phone:permissions') ?? '{}');
  }

  /** @param {string} scope @param {boolean} isPermitted */
  permit(scope, isPermitted) {
    localStorage.setItem('phone:permissions', JSON.stringify({ ...this.permissions, [scope]: isPermitted }));
  }

  /** Where the browser finds a file of the package, a temporary file, or an address. @param {string} path */
  fileAddress(path) {
    if (!path || /^(https?:\/\/(?!tmp\/)|data:|blob:)/.test(path)) return path;
    const file = this.files.get(path);
    return file ? file.address : `${this.base}files/${path.replace(/^\//, '')}`;
  }

  /** Keeps a picture that was taken or chosen; the mini-program knows it by a path. @param {Blob} blob @param {string} [path] */
  keepFile(blob, path = `http://tmp/${crypto.randomUUID()}.${(blob.type.split('/')[1] ?? 'bin').replace('jpeg', 'jpg')}`) {
    this.files.set(path, { blob, address: URL.createObjectURL(blob) });
    return path;
  }

  /**
   * Asks the emulator, which plays WeChat's own servers. Throws its sentence where it refuses.
   *
   * @param {string} path
   * @param {unknown} [body]
   * @param {'GET' | 'POST'} [method]
   */
  async emulator(path, body, method = 'POST') {
    const answer = await fetch(`${this.base}emulator/${path}`, { method, body: method === 'GET' ? undefined : JSON.stringify(body) });
    const told = await answer.json();
    if (!answer.ok) throw new Error(told.message);
    return told;
  }

  /** Signs the person in at WeChat. @returns {Promise<string>} a code for the mini-program's server */
  async loginCode() {
    const { code, openid } = await this.emulator('login-codes', { name: this.settings.person });
    this.openid = openid;
    return code;
  }
}
