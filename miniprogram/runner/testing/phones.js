import { serve } from '../server/server.js';
import { launchChromium } from './chromium.js';

/** @import { Browser, BrowserContext, Page } from 'playwright-core' */

const SCREEN = { width: 375, height: 812 };

/**
 * A runner and a browser, in which tests open as many phones as they like.
 *
 * @param {{root: string, domains: Record<string, string>, emulator: string, browser?: Browser}} options as of `serve`; a browser that
 *     is given stays open in the end
 */
export async function startPhones({ browser: given, ...options }) {
  const server = await serve({ ...options, port: 0 });
  // Built before the first phone is opened: that phone's patience is for its page alone.
  const [browser] = await Promise.all([given ?? launchChromium(), server.builder.app(), server.builder.runtimeScript()]);
  return {
    server,
    /** A new phone, with nothing on it. @param {PhoneOptions} [how] @returns {Promise<TestPhone>} */
    open: (how = {}) => openPhone(browser, server.address, how),
    async close() {
      if (!given) await browser.close();
      await server.close();
    },
  };
}

/**
 * @typedef {object} PhoneOptions
 * @property {string} [path] the page to open, such as `/pages/me/index?x=1`
 * @property {'light' | 'dark'} [theme]
 * @property {number} [font] 17 is WeChat's standard size
 * @property {string} [person] who holds it; each name is another account at WeChat
 * @property {string} [phone] the person's number
 * @property {string} [place] `latitude,longitude`
 * @property {string} [network] `none`, or a kind such as `wifi`
 * @property {number} [scale] pixels per pixel, for pictures
 */

/** @param {Browser} browser @param {string} address of the runner @param {PhoneOptions} how */
async function openPhone(browser, address, { theme = 'light', scale = 1, ...settings }) {
  const context = await browser.newContext({
    viewport: SCREEN, deviceScaleFactor: scale, hasTouch: true, isMobile: true, colorScheme: theme,
    locale: 'zh-CN', timezoneId: 'Asia/Shanghai',
  });
  const page = await context.newPage();
  const phone = new TestPhone(context, page);
  const query = new URLSearchParams(Object.entries(settings).map(([name, value]) => [name, String(value)]));
  await page.goto(`${address}app/?${query}`);
  const refused = await page.locator('#mp-refused').allTextContents();
  if (refused.length > 0) throw new Error(refused[0]);
  // The scripts have run by now: no page on the stack means that starting failed.
  const isRunning = await page.evaluate(() => globalThis.__runner?.routes().length > 0);
  if (!isRunning) throw new Error(`the mini-program did not start: ${phone.errors.join('; ')}`);
  return phone;
}

/** What a person does with a phone; `page` is Playwright's, for all else. */
export class TestPhone {
  /** @param {BrowserContext} context @param {Page} page */
  constructor(context, page) {
    this.context = context;
    this.page = page;
    /** Errors that the browser saw. @type {string[]} */
    this.errors = [];
    page.on('pageerror', (error) => this.errors.push(error.message));
  }

  /** Taps what has this text, once it can be tapped; of several the last one, which lies on top. @param {string} text */
  async tap(text) {
    await (await this.ready(text)).tap();
  }

  /** What has this text, once it is there and, if it is a button, can be tapped. @param {string} text */
  async ready(text) {
    const target = this.page.getByText(text, { exact: true }).locator('visible=true').last();
    await target.waitFor();
    await this.disabled(text).waitFor({ state: 'detached' });
    return target;
  }

  /** Taps what these words are a part of, or the name of for those who cannot see it. @param {string} words */
  async tapOn(words) {
    await this.page.getByText(words).or(this.page.getByLabel(words)).locator('visible=true').last().tap();
  }

  /** Waits until the button with this text cannot be tapped. @param {string} text */
  async refuses(text) {
    await this.disabled(text).waitFor();
  }

  /** @param {string} text */
  disabled(text) {
    const button = 'xpath=ancestor-or-self::*[contains(@class, "button--disabled")]';
    return this.page.getByText(text, { exact: true }).locator('visible=true').last().locator(button).first();
  }

  /** Twice, faster than anything can be drawn in between. @param {string} text */
  async tapTwice(text) {
    const box = await (await this.ready(text)).boundingBox();
    if (box === null) throw new Error(`${text} is not to be seen`);
    const { x, y, width, height } = box;
    const tap = () => this.page.touchscreen.tap(x + width / 2, y + height / 2);
    await Promise.all([tap(), tap()]);
  }

  /** Writes into the field with this placeholder. @param {string} placeholder @param {string} text */
  async write(placeholder, text) {
    const field = this.page.getByPlaceholder(placeholder).locator('visible=true').last();
    await field.fill(text);
    await field.blur();
  }

  /** As `write`, and sends it with the keyboard's own key. @param {string} placeholder @param {string} text */
  async search(placeholder, text) {
    const field = this.page.getByPlaceholder(placeholder).locator('visible=true').last();
    await field.fill(text);
    await field.press('Enter');
  }

  /** Ticks every box that is to be seen, once there are some. */
  async tickAll() {
    const boxes = this.page.getByRole('checkbox', { checked: false }).locator('visible=true');
    await boxes.first().waitFor();
    for (let left = await boxes.count(); left > 0; left -= 1) {
      await boxes.first().tap({ position: { x: 20, y: 20 } });
      // The next first one is another only when this one is ticked.
      await boxes.nth(left - 1).waitFor({ state: 'detached' });
    }
  }

  /** @param {string} text */
  async tab(text) {
    await this.page.getByRole('tab', { name: text, exact: true }).tap();
  }

  async back() {
    await this.page.locator('#mp-back').tap();
  }

  /** As if the page were pulled down. */
  pullDown() {
    return this.page.evaluate(() => globalThis.__runner.wx.startPullDownRefresh());
  }

  /** Waits until the text is to be seen. @param {string} text */
  async sees(text) {
    await this.page.getByText(text).locator('visible=true').first().waitFor();
  }

  /** Waits until the text is to be seen nowhere. @param {string} text */
  async misses(text) {
    await this.page.getByText(text).locator('visible=true').first().waitFor({ state: 'hidden' });
  }

  /** All text on the screen. */
  text() {
    return this.page.locator('body').innerText();
  }

  /** Answers a sheet of WeChat's: payment, permission, phone number, messages. @param {string} word */
  async answer(word) {
    await this.page.locator('#mp-overlay').getByRole('button', { name: word, exact: true }).tap();
  }

  /**
   * Answers a sheet with this word, and chooses these files where the phone asks for them next.
   *
   * @param {string} word
   * @param {string[]} files
   */
  async choose(word, files) {
    const [chooser] = await Promise.all([this.page.waitForEvent('filechooser'), this.answer(word)]);
    await chooser.setFiles(files);
  }

  /** The next write reaches the server, but the network is gone before its answer comes. */
  async loseAnswer() {
    let isLost = false;
    await this.page.route('**/forward', async (route) => {
      if (isLost || route.request().headers()['x-method'] === 'GET') return route.fallback();
      isLost = true;
      await route.fetch();
      return route.abort('internetdisconnected');
    });
  }

  /** From now on no answer comes: what loads goes on loading. */
  async stall() {
    await this.page.route('**/forward', () => {});
  }

  /** Addresses of the open pages, the one on top last. */
  routes() {
    return this.page.evaluate(() => globalThis.__runner.routes());
  }

  data() {
    return this.page.evaluate(() => globalThis.__runner.data());
  }

  /** What went wrong, or would on a real phone. */
  problems() {
    return this.page.evaluate(() => globalThis.__runner.problems);
  }

  /**
   * Changes settings while the phone runs, such as `{network: 'none'}`.
   *
   * @param {Parameters<import('../runtime/boot.js').Driver['phone']['set']>[0]} changes
   */
  set(changes) {
    return this.page.evaluate((given) => globalThis.__runner.phone.set(given), changes);
  }

  /** Starts the mini-program anew at this page, with what it has stored. @param {string} path */
  async restart(path) {
    const address = new URL(this.page.url());
    address.searchParams.set('path', path);
    await this.page.goto(address.href);
  }

  /** Waits until this page is on top. @param {string} route without its query */
  async reaches(route) {
    await this.page.waitForFunction((wanted) => globalThis.__runner.routes().at(-1)?.split('?')[0] === wanted, route);
  }

  /** What the mini-program has stored on the phone. @param {string} key @param {unknown} value */
  store(key, value) {
    return this.page.evaluate(([name, stored]) => globalThis.__runner.wx.setStorageSync(name, stored), [key, value]);
  }

  /**
   * Has every animation end at once, and takes a picture.
   *
   * @param {string} file
   * @param {{quality?: number, fullPage?: boolean, while_loading?: boolean}} [how]
   */
  async picture(file, { quality, fullPage = false, while_loading: isLoading = false } = {}) {
    if (!isLoading) await this.page.waitForLoadState('networkidle');
    await this.page.locator('[class*="skeleton"]').first().waitFor({ state: isLoading ? 'visible' : 'hidden' });
    await this.page.screenshot({ path: file, animations: 'disabled', quality, fullPage });
  }

  close() {
    return this.context.close();
  }
}
