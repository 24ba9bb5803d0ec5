import fs from 'node:fs';
import path from 'node:path';

import { command } from './command_line.js';
import { ROOT } from './root.js';

const help = `Compile the mini-program as the runner does, and name everything that WeChat would not take.

Usage: npm run build [-- --out DIR]

  --out DIR   also write app.js, runtime.js and the shell to DIR`;

await command({ help, options: { out: { type: 'string' } } }, async ({ out }) => {
  // Only now: the compiler takes longer to load than help takes to be told.
  const [{ bundleRuntime, compile }, { Project }, { buildNpm }] = await Promise.all([
    import('./compiler/build.js'), import('./compiler/project.js'), import('./npm/build_npm.js'),
  ]);
  buildNpm(ROOT);
  const built = await compile(Project.open(ROOT));
  console.log(`${built.pages} pages, ${built.components} components, ${built.modules} scripts: nothing to object to`);
  if (!out) return;
  const shell = path.join(ROOT, 'runner/runtime/shell');
  fs.mkdirSync(out, { recursive: true });
  fs.writeFileSync(path.join(out, 'app.js'), built.code);
  fs.writeFileSync(path.join(out, 'runtime.js'), await bundleRuntime());
  for (const name of ['app.html', 'shell.css', 'builtin.css']) fs.copyFileSync(path.join(shell, name), path.join(out, name));
});
