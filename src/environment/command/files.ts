/** Verbs about files. */
import { copied } from './results.ts';
import { flag, one, verb } from './verb.ts';

export const cp = verb({
  words: ['cp'],
  summary: 'Copy files into or out of an environment, running or not',
  details:
    'Directories are copied whole, with modes, times and links; owners inside are root’s unless --archive keeps them, and devices and set-id bits come out only with it. “-” stands for a tar stream on standard input or output.',
  operands: {
    source: one('SOURCE', 'path', 'host path, NAME:/path, or -', { dash: 'input' }),
    target: one('TARGET', 'path', 'host path, NAME:/path, or -', { dash: 'output' }),
  },
  options: { archive: flag('keep owners, devices and set-id bits as they are', { short: 'a' }) },
  examples: [
    { line: 'cp ./site web:/srv/www', does: 'a folder in' },
    { line: 'cp web:/var/log/syslog .', does: 'a file out' },
    { line: 'cp web:/etc - | tar t', does: 'a tar stream' },
  ],
  result: copied,
});
