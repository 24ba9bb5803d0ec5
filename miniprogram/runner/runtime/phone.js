/** Beside the hospitals of the demo. */
const DEFAULT_PLACE = '30.2741,120.1551';

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
    this.openid = null;
    this.files = new Map();
    /** What the mini-program left on the phone. */
    this.calendar = [];
    this.sharedFiles = [];
    this._listeners = new Map();
  }

  get theme() {
    if (this.settings.theme !== 'auto') return this.settings.theme;
    return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  }

  get isOnline() {
    return this.settings.network !== 'none' && navigator.onLine;
  }

  set(changes) {
    Object.assign(this.settings, changes);
    if ('person' in changes) this.openid = null;
    this.emit('change', changes);
  }

  on(name, listener) {
    this._listeners.set(name, [...(this._listeners.get(name) ?? []), listener]);
  }

  off(name, listener) {
    this._listeners.set(name, listener ? (this._listeners.get(name) ?? []).filter((each) => each !== listener) : []);
  }

  emit(name, value) {
    for (const listener of this._listeners.get(name) ?? []) listener(value);
  }

  /** What the person permitted or refused: scope → boolean; `privacy` besides. */
  get permissions() {
    return JSON.parse(localStorage.getItem('phone:permissions') ?? '{}');
  }

  permit(scope, isPermitted) {
    localStorage.setItem('phone:permissions', JSON.stringify({ ...this.permissions, [scope]: isPermitted }));
  }

  /** Where the browser finds a file of the package, a temporary file, or an address. */
  fileAddress(path) {
    if (!path || /^(https?:\/\/(?!tmp\/)|data:|blob:)/.test(path)) return path;
    const file = this.files.get(path);
    return file ? file.address : `${this.base}files/${path.replace(/^\//, '')}`;
  }

  /** Keeps a picture that was taken or chosen; the mini-program knows it by a path. */
  keepFile(blob, path = `http://tmp/${crypto.randomUUID()}.${(blob.type.split('/')[1] ?? 'bin').replace('jpeg', 'jpg')}`) {
    this.files.set(path, { blob, address: URL.createObjectURL(blob) });
    return path;
  }

  /** Asks the emulator, which plays WeChat's own servers. Throws its sentence where it refuses. */
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
