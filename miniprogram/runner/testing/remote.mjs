/**
 * Phones for tests that are not written in JavaScript: `node remote.mjs BACKEND EMULATOR` reads one command a line from its input, as
 * `{"phone": "li", "do": "tap", "given": ["确认预约"]}`, and answers one line, `{"value": …}` or `{"error": …, "screen": …}`. The first
 * line it writes is `ready`.
 * `open` makes the phone, with its options; everything else is a method of it (phones.js). It ends with its input.
 */
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';

import { ROOT } from '../root.js';
import { startPhones } from './phones.js';

const [backend, emulator] = process.argv.slice(2);
/** What waits for longer waits in vain: everything is on this machine, though that may have much else to do. */
const PATIENCE_MS = Number(process.env.YUEZHEN_PATIENCE_MS ?? 20_000);

/** @type {{runner: {domains: string[]}}} */
const { runner } = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
const phones = await startPhones({ root: ROOT, domains: Object.fromEntries(runner.domains.map((domain) => [domain, backend])), emulator });
// All is built and Chromium has come to itself before the first test, which would wait for it. This phone asks nobody anything.
const first = await phones.open({ network: 'none' });
await first.close();
process.stdout.write('ready\n');
/** @type {Map<string, import('./phones.js').TestPhone>} */
const opened = new Map();

/** @typedef {{phone: string, do: string, given?: any[]}} Command */

/** @param {Command} command */
async function carryOut({ phone: name, do: what, given = [] }) {
  if (what === 'open') {
    const phone = await phones.open(given[0]);
    phone.context.setDefaultTimeout(PATIENCE_MS);
    opened.set(name, phone);
    return null;
  }
  const phone = opened.get(name);
  if (phone === undefined) throw new Error(`there is no phone "${name}"`);
  if (what === 'close') opened.delete(name);
  return /** @type {Record<string, any>} */ (phone)[what](...given);
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  let answer;
  try {
    answer = { value: (await carryOut(command)) ?? null };
  } catch (error) {
    const screen = await opened.get(command.phone)?.page.locator('body').innerText({ timeout: 1000 }).catch(() => '');
    answer = { error: error.message, screen: screen ?? '' };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await phones.close();
