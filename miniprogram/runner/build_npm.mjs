import { command } from './command_line.js';
import { inKilobytes } from './compiler/packages.js';
import { ROOT } from './root.js';
import { buildNpm } from './npm/build_npm.js';

const help = `Copy what the mini-program uses of its npm packages to miniprogram_npm/ (构建 npm).

Usage: npm run build-npm`;

await command({ help }, () => {
  const { files, bytes, icons } = buildNpm(ROOT);
  console.log(`miniprogram_npm: ${files} files, ${inKilobytes(bytes)}, ${icons.length} icons`);
});
