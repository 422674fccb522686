/** Verbs that reach into an environment. Without results, so that exec loads as little as it can. */
import { parseWhole } from '../value/units.ts';
import { processOptions, terminalOptions } from './options.ts';
import { command, flag, one, passing, value } from './verb.ts';

const name = one('NAME', 'environment', 'environment');

export const exec = passing({
  words: ['exec'],
  summary: 'Run a command in a running environment',
  details:
    'Standard streams, signals and the exit status are the command’s own. Isola’s own failures end with 125, a command that is not executable with 126, one that is missing with 127, one that ran out of --timeout with 124.',
  operands: { name, command: command('program and arguments', { required: true }) },
  options: { ...processOptions, ...terminalOptions },
  examples: [
    { line: 'exec web -- systemctl status nginx', does: 'run a command' },
    { line: 'exec -u www-data -w /srv web -- ls -l', does: 'as another user, elsewhere' },
    { line: 'exec web -- tar c /etc > etc.tar', does: 'streams are binary-safe' },
  ],
});

export const shell = passing({
  words: ['shell'],
  summary: 'Open a shell in a running environment',
  details: 'The user’s own shell from /etc/passwd, bash, or sh, whichever is there.',
  operands: { name },
  options: { user: processOptions.user, workdir: processOptions.workdir, env: processOptions.env },
  examples: [{ line: 'shell web', does: 'a root shell' }],
});

export const console = passing({
  words: ['console'],
  summary: 'Attach to the console of an environment’s first process',
  details: 'Ctrl-] detaches and leaves it running. What came before is in isola logs.',
  operands: { name },
  options: {},
  examples: [{ line: 'console web', does: 'log in at the console, see boot messages' }],
});

export const logs = passing({
  words: ['logs'],
  summary: 'Show what an environment’s first process has printed',
  operands: { name },
  options: {
    follow: flag('go on as more comes, until it ends', { short: 'f' }),
    last: value('N', (text) => parseWhole(text, '--last', 0, 1e9), 'only the last N lines', { short: 'n' }),
    timestamps: flag('put the time before every line'),
  },
  examples: [
    { line: 'logs -f worker', does: 'follow' },
    { line: 'logs -n 20 --timestamps web', does: 'the last 20 lines with their times' },
  ],
});
