/** Verbs that only look. */
import { parseSpan } from '../value/units.ts';
import { asText } from './options.ts';
import { environmentDetail, environmentRows, usageRows } from './results.ts';
import { any, flag, one, value, verb } from './verb.ts';

export const list = verb({
  words: ['list'],
  summary: 'List environments',
  operands: { names: any('NAME', 'environment', 'only these') },
  options: {
    phase: value('PHASE', asText, 'only those that are stopped, running or paused', { choices: ['stopped', 'running', 'paused'] }),
    quiet: flag('names only', { short: 'q' }),
  },
  examples: [
    { line: 'list', does: 'all, with state, address and ports' },
    { line: 'list --format json | jq -r ".[].address"', does: 'for programs' },
  ],
  result: environmentRows,
});

export const show = verb({
  words: ['show'],
  summary: 'Show everything isola knows about an environment',
  operands: { name: one('NAME', 'environment', 'environment') },
  options: {},
  examples: [{ line: 'show web', does: 'its specification, state, root file system, snapshots' }],
  result: environmentDetail,
});

export const stats = verb({
  words: ['stats'],
  summary: 'Show what environments use, their limits, and how often these were hit',
  operands: { names: any('NAME', 'environment', 'only these; all that run if left away') },
  details:
    'Processor use is a share of one processor over the interval; a single reading shows processor time. Hits name the limits that were met since the start, and how often. With --interval and without --watch, two readings make one answer. Standard output that is no terminal gets a row per environment and reading; JSON gets one line per reading.',
  options: {
    watch: flag('again and again, until Ctrl-C'),
    interval: value('SPAN', (text) => parseSpan(text, '--interval'), 'time between readings', { usually: '1s' }),
  },
  examples: [
    { line: 'stats', does: 'one reading of all' },
    { line: 'stats --watch web', does: 'go on' },
    { line: 'stats --interval 5s', does: 'averages of five seconds' },
  ],
  result: usageRows,
});
