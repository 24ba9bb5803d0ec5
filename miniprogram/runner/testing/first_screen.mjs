/**
 * How long it takes until the first screen can be used, for benchmarks: `node first_screen.mjs BACKEND TEXT TIMES`. Each time a phone
 * that holds nothing yet opens the mini-program, and TEXT is what only an answer of the backend can show. One JSON array of
 * milliseconds on the phone's own clock, from the opening until TEXT is drawn; the first phone, for which Chromium comes to itself, is
 * left out.
 */
import fs from 'node:fs';
import path from 'node:path';

import { ROOT } from '../root.js';
import { startPhones } from './phones.js';

const [backend, text, times] = process.argv.slice(2);
/** @type {{runner: {domains: string[]}}} */
const { runner } = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
// Nobody signs in on the first screen: WeChat's side is not asked.
const phones = await startPhones({ root: ROOT, domains: Object.fromEntries(runner.domains.map((domain) => [domain, backend])), emulator: backend });
const spent = [];
for (let round = 0; round <= Number(times); round += 1) {
  const phone = await phones.open();
  await phone.page.getByText(text).first().waitFor();
  spent.push(await phone.page.evaluate(() => performance.now()));
  await phone.close();
}
await phones.close();
process.stdout.write(`${JSON.stringify(spent.slice(1))}\n`);
