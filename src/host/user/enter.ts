/** The way into an ordinary user's namespace, for who was not started by the launcher, which knows it too. */
import { join } from 'node:path';

/** Asked for in these words, nothing is looked at that lies in a namespace. */
const needsNone = new Set(['--help', '-h', '--version', 'help', 'version', 'completion', 'complete']);

/** Whether a command line must be carried out in the namespace, and is not yet. */
const isOutside = (words: readonly string[]): boolean => {
  if (process.getuid?.() === 0 || process.env['ISOLA_NOT_ENTERED'] !== undefined) return false;
  const own = words.includes('--') ? words.slice(0, words.indexOf('--')) : words;
  return own.length > 0 && !own.some((word) => needsNone.has(word));
};

/** Begins this process again in the namespace, if it needs one: execve(2), so that nobody notices. */
export const enterIfOutside = (): void => {
  const [script = '', ...words] = process.argv.slice(1);
  if (!isOutside(words)) return;
  const line = [join(import.meta.dirname, 'enter'), process.execPath, ...process.execArgv, script, ...words];
  process.execve?.('/bin/sh', ['sh', ...line]);
};
