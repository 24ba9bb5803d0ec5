/** Words are readable in both modes: at least 4.5 to 1 (WCAG 2.2, 1.4.3), also those of what is off. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { ROOT } from '../../runner/root.js';

const LEAST = 4.5;
const GROUNDS = ['--td-bg-color-container', '--td-bg-color-page', '--td-bg-color-secondarycontainer'];
const NOTICES = ['--td-warning-color-light', '--td-error-color-light', '--td-brand-color-light'];
/** Colours of words, and the grounds that they are written on. */
const WRITTEN = [
  ['--td-text-color-primary', [...GROUNDS, ...NOTICES]],
  ['--td-text-color-secondary', [...GROUNDS, ...NOTICES]],
  ['--td-text-color-placeholder', GROUNDS],
  ['--td-text-color-disabled', [...GROUNDS, '--td-button-primary-disabled-bg', '--td-button-danger-disabled-bg']],
  ['--td-brand-color', ['--td-bg-color-container', '--td-bg-color-page', '--td-brand-color-light']],
  ['--td-warning-color', ['--td-bg-color-container', '--td-warning-color-light']],
  ['--td-error-color', ['--td-bg-color-container', '--td-bg-color-page', '--td-error-color-light']],
  ['--price-color', ['--td-bg-color-container']],
  ['--td-text-color-anti', ['--td-button-primary-bg-color', '--td-button-danger-bg-color', '--chosen-color']],
  ...['a', 'b', 'c', 'd', 'unrated'].map((tier) => [`--tier-${tier}`, ['--td-bg-color-container', '--td-bg-color-secondarycontainer']]),
];
/** Where the theme says nothing of a button, TDesign takes the colour itself. */
const BUTTONS = { '--td-button-primary-bg-color': '--td-brand-color', '--td-button-danger-bg-color': '--td-error-color' };

/** The variables of a mode, TDesign's own first. @param {'light' | 'dark'} mode @returns {Map<string, string>} */
function variablesOf(mode) {
  const files = ['miniprogram_npm/tdesign-miniprogram/common/style/theme/_index.wxss', 'styles/theme.wxss'];
  const found = new Map();
  const read = (text) => {
    for (const [, name, value] of text.matchAll(/(--[\w-]+)\s*:\s*([^;}]+)/g)) found.set(name, value.trim());
  };
  for (const file of files) {
    const text = fs.readFileSync(path.join(ROOT, file), 'utf8').replace(/\/\*.*?\*\//gs, '');
    // Each mode stands in a block of its own, or outside of any.
    const dark = [...text.matchAll(/@media\s*\(prefers-color-scheme:\s*dark\)\s*{(.*?}\s*)}/gs)].map(([, block]) => block).join('');
    read(text.replace(/@media\s*\(prefers-color-scheme:\s*dark\)\s*{(.*?}\s*)}/gs, ''));
    if (mode === 'dark') read(dark);
  }
  return found;
}

/** Red, green and blue in 0…255, and how opaque. @returns {[number, number, number, number]} */
function colourOf(variables, name) {
  const value = variables.get(name) ?? variables.get(BUTTONS[name]);
  assert.ok(value, `${name} has no value`);
  const other = /^var\((--[\w-]+)/.exec(value);
  if (other) return colourOf(variables, other[1]);
  const parts = /^rgba?\(([^)]+)\)/.exec(value);
  if (parts) {
    const [red, green, blue, alpha = 1] = parts[1].split(',').map(Number);
    return [red, green, blue, alpha];
  }
  const digits = value.replace('#', '');
  const whole = digits.length === 3 ? [...digits].map((digit) => digit + digit).join('') : digits;
  assert.match(whole, /^[\da-f]{6}$/i, `${name} is ${value}`);
  return [...[0, 2, 4].map((at) => parseInt(whole.slice(at, at + 2), 16)), 1];
}

const over = ([red, green, blue, alpha], below) => [red, green, blue].map((part, at) => part * alpha + below[at] * (1 - alpha));

function luminance(colour) {
  const [red, green, blue] = colour.map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

for (const mode of ['light', 'dark']) {
  test(`every colour of words stands out from its grounds in ${mode} mode`, () => {
    const variables = variablesOf(mode);
    const weak = [];
    for (const [words, grounds] of WRITTEN) {
      for (const ground of grounds) {
        const below = colourOf(variables, ground);
        const ratio = contrast(over(colourOf(variables, words), below), below);
        if (ratio < LEAST) weak.push(`${words} on ${ground}: ${ratio.toFixed(2)}`);
      }
    }
    assert.deepEqual(weak, []);
  });
}

test('white words stand on grounds that are measured, or on what darkens a picture', () => {
  const measured = WRITTEN.find(([words]) => words === '--td-text-color-anti')?.[1] ?? [];
  const grounds = [...measured.map((name) => `var(${name})`), 'rgba(0, 0, 0, 0.6)'];
  const found = [];
  for (const folder of ['components', 'packages', 'pages', 'styles']) {
    for (const name of fs.readdirSync(path.join(ROOT, folder), { recursive: true }).map(String).filter((each) => each.endsWith('.wxss'))) {
      const sheet = fs.readFileSync(path.join(ROOT, folder, name), 'utf8');
      for (const [, selector, rule] of sheet.matchAll(/([^{}]+){([^{}]*)}/g)) {
        if (!/(?<![\w-])color:\s*(#fff\b|#ffffff\b|white\b|var\(--td-text-color-anti\))/.test(rule)) continue;
        const ground = /background(?:-color)?:\s*([^;]+)/.exec(rule)?.[1] ?? 'nothing of its own';
        if (!grounds.includes(ground)) found.push(`${folder}/${name}: ${selector.trim()} on ${ground}`);
      }
    }
  }
  assert.deepEqual(found, []);
});

test('contrast is measured as WCAG does', () => {
  assert.equal(contrast([0, 0, 0], [255, 255, 255]), 21);
  assert.equal(contrast([119, 119, 119], [255, 255, 255]).toFixed(2), '4.48');
});
