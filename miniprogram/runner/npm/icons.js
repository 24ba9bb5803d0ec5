import fs from 'node:fs';
import path from 'node:path';

const RULE = /\.t-icon-([a-z0-9-]+):before\s*\{\s*content:[^}]*\}/g;
/** The library's own way to take its font from the network. */
const FONT = /@font-face\s*\{[^}]*\}|\.t-icon\s*\{\s*font-family:[^}]*\}/g;
const QUOTED = /["'`]([a-z][a-z0-9-]*)["'`]/g;

/**
 * Icons as masks within the style sheet: no font from the network, and only those that some source names in quotes.
 *
 * @param {string} sheet TDesign's icon.wxss @param {Iterable<string>} sources texts that may name icons
 * @param {string} folder of the SVG files
 * @returns {{sheet: string, icons: string[]}}
 */
export function withMasks(sheet, sources, folder) {
  const known = new Set([...sheet.matchAll(RULE)].map(([, name]) => name));
  const named = new Set();
  for (const source of sources) for (const [, name] of source.matchAll(QUOTED)) if (known.has(name)) named.add(name);
  const icons = [...named].filter((name) => fs.existsSync(path.join(folder, `${name}.svg`))).sort();
  const rest = sheet.replace(RULE, '').replace(FONT, '').replace(/\n+/g, '\n');
  const all = icons.map((name) => `.t-icon-${name}:before`).join(',');
  const shape = 'content:"";display:block;width:1em;height:1em;background:currentColor;-webkit-mask:center/contain no-repeat';
  const masks = icons.map((name) => `.t-icon-${name}:before{-webkit-mask-image:url("${dataAddress(path.join(folder, `${name}.svg`))}")}`);
  return { sheet: `${rest}${all ? `${all}{${shape}}\n` : ''}${masks.join('\n')}\n`, icons };
}

/** @param {string} file */
function dataAddress(file) {
  const svg = fs
    .readFileSync(file, 'utf8')
    .replaceAll('currentColor', '#000')
    .replace(/<svg([^>]*)>/, (_, attributes) => {
      const bare = attributes.replace(/ (?:width|height)="[^"]*"/g, '');
      return `<svg${bare}${bare.includes('viewBox') ? '' : ' viewBox="0 0 24 24"'}>`;
    })
    .replace(/>\s+</g, '><')
    .trim();
  // Within double quotes of CSS only these need to be escaped.
  return `data:image/svg+xml,${svg.replaceAll('"', "'").replace(/[%#<>{}\n]/g, (character) => encodeURIComponent(character))}`;
}
