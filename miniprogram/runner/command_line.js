import { parseArgs } from 'node:util';

/** Bad usage: one line to stderr, exit status 2. */
export class UsageError extends Error {}

/**
 * Runs a command: its options are read, `--help` is answered, and errors become one line and an exit status (1 failed, 2 usage).
 *
 * @param {{help: string, options?: Record<string, {type: 'string' | 'boolean', default?: any}>}} about
 * @param {(values: Record<string, any>) => Promise<number | void> | number | void} run returns the exit status, if not 0
 */
export async function command({ help, options = {} }, run) {
  try {
    const { values } = parsed(options);
    if (values.help) console.log(help);
    else process.exitCode = (await run(values)) ?? 0;
  } catch (error) {
    console.error(error.message);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}

/** @param {NonNullable<import('node:util').ParseArgsConfig['options']>} options */
function parsed(options) {
  try {
    return parseArgs({ options: { ...options, help: { type: 'boolean', short: 'h' } } });
  } catch (error) {
    throw new UsageError(`${error.message.split('. ')[0]} (--help tells more)`);
  }
}

/** @param {string} text @returns {number} a TCP port; UsageError for anything else */
export function portNumber(text) {
  if (!/^\d+$/.test(text) || Number(text) > 65_535) throw new UsageError(`a port is a number from 0 to 65535, not "${text}"`);
  return Number(text);
}
