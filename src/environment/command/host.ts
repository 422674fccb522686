/** Verbs about isola and its host. */
import { doctorReport, versionReport } from './results.ts';
import { flag, one, passing, perhaps, verb } from './verb.ts';

export const doctor = verb({
  words: ['doctor'],
  summary: 'Check the host and the store, and repair what was left behind',
  details: 'Ends with 1 if something bad was found and not repaired.',
  operands: {},
  options: { repair: flag('finish interrupted work and remove left-overs') },
  examples: [
    { line: 'doctor', does: 'what works here, and what is missing' },
    { line: 'doctor --repair', does: 'after a crash' },
  ],
  storeless: true,
  result: doctorReport,
});

export const version = verb({
  words: ['version'],
  summary: 'Show versions',
  operands: {},
  options: {},
  examples: [{ line: 'version --format json', does: 'for bug reports' }],
  storeless: true,
  result: versionReport,
});

export const completion = passing({
  words: ['completion'],
  summary: 'Print a completion script for a shell',
  details: 'For one session of bash or zsh: source <(isola completion bash). For every session, store it where the shell looks.',
  operands: { shell: one('SHELL', 'nothing', 'bash, zsh or fish', { choices: ['bash', 'zsh', 'fish'] }) },
  options: {},
  examples: [
    { line: 'completion bash > /etc/bash_completion.d/isola', does: 'for all users' },
    { line: 'completion zsh > /usr/local/share/zsh/site-functions/_isola', does: 'for zsh' },
    { line: 'completion fish > ~/.config/fish/completions/isola.fish', does: 'for fish' },
  ],
});

/** Candidates for a word, one per line: called by the completion scripts. */
export const complete = passing({
  words: ['complete'],
  summary: 'List candidates for a word',
  operands: {
    names: one('KIND', 'nothing', 'environment, image or snapshot (as NAME/SNAPSHOT)', {
      choices: ['environment', 'image', 'snapshot'],
    }),
  },
  options: {},
  examples: [],
  hidden: true,
});

/** Be the process of an emulated machine that is an environment: called by what starts it. */
export const machine = passing({
  words: ['machine'],
  summary: 'Be the process of an emulated machine',
  operands: { description: one('FILE', 'host path', 'what the machine is') },
  options: {},
  examples: [],
  apart: true,
  hidden: true,
});

/** Clean up after a detached environment that ended: called by its keeper. */
export const reap = passing({
  words: ['reap'],
  summary: 'Clean up after an environment that ended, and end what nobody uses any more',
  operands: { id: perhaps('ID', 'nothing', 'environment id') },
  options: {},
  examples: [],
  visits: true,
  hidden: true,
});
