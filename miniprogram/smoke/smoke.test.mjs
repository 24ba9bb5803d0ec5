/**
 * The mini-program against a real backend and WeChat's emulator: those of YUEZHEN_WEB_URL and YUEZHEN_EMULATOR_URL, or the demo's.
 * `tests/miniprogram` of the backend starts both and runs this.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { ROOT } from '../runner/root.js';
import { findChromium } from '../runner/testing/chromium.js';
import { startPhones } from '../runner/testing/phones.js';

const BACKEND = process.env.YUEZHEN_WEB_URL ?? 'http://127.0.0.1:8000';
const EMULATOR = process.env.YUEZHEN_EMULATOR_URL ?? 'http://127.0.0.1:8001';
/** A folder for pictures; none are taken without it. */
const PICTURES = process.env.YUEZHEN_PICTURES;
const { runner } = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
const options = { skip: findChromium() === null && 'Chromium is not installed' };

let phones;
before(async () => {
  if (options.skip) return;
  const domains = Object.fromEntries(runner.domains.map((domain) => [domain, BACKEND]));
  phones = await startPhones({ root: ROOT, domains, emulator: EMULATOR });
});
after(() => phones?.close());

async function picture(phone, name) {
  if (PICTURES) await phone.page.screenshot({ path: path.join(PICTURES, `${name}.png`) });
}

for (const theme of ['light', 'dark']) {
  test(`the hospitals are listed, ${theme}`, options, async () => {
    const { results } = await (await fetch(`${BACKEND}/api/v1/hospitals`)).json();
    const phone = await phones.open({ theme, scale: 2 });

    for (const { name } of results) await phone.sees(name);

    await picture(phone, `home-${theme}`);
    assert.ok(results.length > 0);
    assert.deepEqual([await phone.problems(), phone.errors], [[], []]);
    await phone.close();
  });
}

test('each tab opens, and the person is signed in on the way', options, async () => {
  const phone = await phones.open({ person: 'smoke' });

  await phone.tab('我的就诊');
  await phone.page.waitForFunction(() => globalThis.__runner.wx.getStorageSync('session').access);
  await phone.tab('我');
  await phone.tab('首页');

  assert.deepEqual(await phone.routes(), ['/pages/home/index']);
  assert.deepEqual([await phone.problems(), phone.errors], [[], []]);
  await phone.close();
});
