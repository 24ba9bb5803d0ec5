import fs from 'node:fs';
import path from 'node:path';

import { chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

/**
 * Parts of Chromium that tests do without. A list on the command line takes the place of Playwright's own, so what matters of that one
 * stands here as well. The last three do work for each new window that no test looks at: a process in reserve, and twice the list below
 * the address bar, which takes longer than the start of the mini-program.
 */
const FEATURES_OFF = [
  'AimEnabled', 'DestroyProfileOnBrowserClose', 'MediaRouter', 'NetworkTimeServiceQuerying', 'OptimizationHints', 'PaintHolding',
  'PreconnectToSearch', 'SpareRendererForSitePerProcess', 'WebUIOmniboxAimPopup', 'WebUIOmniboxPopup',
];

/** @returns {string | null} an installed Chromium: of the variable CHROMIUM, or the first one on the PATH */
export function findChromium() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const files = NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name)));
  return files.find((file) => fs.existsSync(file)) ?? null;
}

/** @returns {Promise<import('playwright-core').Browser>} */
export function launchChromium() {
  const executablePath = findChromium();
  if (executablePath === null) throw new Error('no Chromium found; name one by the variable CHROMIUM');
  // Nothing but this machine: no updates, no reports. Root, as in a container, cannot have the sandbox.
  const args = ['--disable-gpu', '--disable-background-networking', '--disable-component-update', '--no-first-run', `--disable-features=${FEATURES_OFF}`];
  return chromium.launch({ executablePath, args: process.getuid?.() === 0 ? [...args, '--no-sandbox'] : args });
}
