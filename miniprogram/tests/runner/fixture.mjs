import { compile } from '../../runner/compiler/build.js';
import { BuildRefused } from '../../runner/compiler/problems.js';
import { Project } from '../../runner/compiler/project.js';

/** The least that WeChat takes: one page. */
export const SMALLEST = {
  'app.json': JSON.stringify({ pages: ['pages/a'] }),
  'app.js': 'App({})',
  'pages/a.json': '{}',
  'pages/a.js': 'Page({})',
  'pages/a.wxml': '<view>a</view>',
};

/** The smallest mini-program with other files; null takes one away. */
export function projectWith(changes) {
  const files = Object.entries({ ...SMALLEST, ...changes }).filter(([, text]) => text !== null);
  return Project.of(Object.fromEntries(files.map(([name, text]) => [name, typeof text === 'string' ? text : JSON.stringify(text)])));
}

/** What the compiler objects to, as `file:line: message` lines. */
export async function problemsOf(changes) {
  try {
    await compile(projectWith(changes));
    return [];
  } catch (error) {
    if (!(error instanceof BuildRefused)) throw error;
    return error.message.split('\n');
  }
}

/** The mini-program as the compiler hands it to the runtime. */
export async function compiled(changes) {
  const { code } = await compile(projectWith(changes));
  const before = globalThis.__miniprogram;
  try {
    (0, eval)(code);
    return globalThis.__miniprogram;
  } finally {
    globalThis.__miniprogram = before;
  }
}
