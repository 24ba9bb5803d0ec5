import { command } from './command_line.js';
import { readApp } from './compiler/app_config.js';
import { PACKAGE_BYTES, inKilobytes, measurePackages } from './compiler/packages.js';
import { Project } from './compiler/project.js';
import { buildNpm } from './npm/build_npm.js';
import { ROOT } from './root.js';

const help = `Print the size of the main package and of each subpackage; fail where one is over WeChat's 2 MB.

Usage: npm run sizes`;

await command({ help }, () => {
  buildNpm(ROOT);
  const project = Project.open(ROOT);
  const sizes = measurePackages(project, readApp(project));
  for (const { name, bytes, files } of sizes) {
    const share = Math.round((100 * bytes) / PACKAGE_BYTES);
    console.log(`${name.padEnd(24)} ${inKilobytes(bytes).padStart(9)}  ${String(share).padStart(3)} % of 2 MB  ${files} files`);
  }
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  console.log(`${'all'.padEnd(24)} ${inKilobytes(total).padStart(9)}`);
  return sizes.some(({ bytes }) => bytes > PACKAGE_BYTES) ? 1 : 0;
});
