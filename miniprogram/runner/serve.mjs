import fs from 'node:fs';
import path from 'node:path';

import { UsageError, command, portNumber } from './command_line.js';
import { ROOT } from './root.js';

const help = `Serve the mini-program in a phone-sized frame, against a running backend, until it is interrupted.

Usage: npm run serve [-- OPTIONS]

  --port N         default: 8002; 0 lets the system choose
  --base PATH      default: /preview/
  --backend URL    where the API is; default: http://127.0.0.1:8000
  --emulator URL   where the WeChat emulator is; default: http://127.0.0.1:8001
  --live           reload open pages when a file changes`;

/** @type {Parameters<typeof command>[0]['options']} */
const options = {
  port: { type: 'string', default: '8002' },
  base: { type: 'string', default: '/preview/' },
  backend: { type: 'string', default: 'http://127.0.0.1:8000' },
  emulator: { type: 'string', default: 'http://127.0.0.1:8001' },
  live: { type: 'boolean', default: false },
};

await command({ help, options }, async ({ port, base, backend, emulator, live }) => {
  if (!/^\/([\w-]+\/)*$/.test(base)) throw new UsageError(`--base begins and ends with a slash, not "${base}"`);
  /** @type {{runner: {domains: string[]}}} */
  const { runner } = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
  const origin = originOf(backend, '--backend');
  const domains = Object.fromEntries(runner.domains.map((domain) => [domain, origin]));
  const how = { root: ROOT, base, port: portNumber(port), domains, emulator: originOf(emulator, '--emulator'), live };
  // Only now: the compiler takes longer to load than help, or what is wrong with an option, takes to be told.
  const { serve } = await import('./server/server.js');
  const served = await serve(how);
  try {
    // Built before anybody looks, so that the first look is quick.
    const [{ problems, summary }] = await Promise.all([served.builder.app(), served.builder.runtimeScript()]);
    if (problems) console.error(problems);
    else console.log(summary);
    console.log(`Preview: ${served.address}`);
    await new Promise((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, resolve);
    });
  } finally {
    await served.close();
  }
});

/** @param {string} text @param {string} option */
function originOf(text, option) {
  if (!URL.canParse(text) || !/^https?:/.test(text)) throw new UsageError(`${option} takes an address such as http://127.0.0.1:8000, not "${text}"`);
  return new URL(text).origin;
}
