/** Options that every command understands. */
import { asText, choice, flag, type OptionInput, toggle, value } from '../../../environment/command/index.ts';

export const formats = ['table', 'json', 'yaml', 'csv'] as const;
export type Format = (typeof formats)[number];

export const globalOptions = {
  store: value('DIR', asText, 'where isola keeps everything', {
    names: 'host path',
    usually: '$ISOLA_STORE, or /var/lib/isola; ~/.local/share/isola without root',
  }),
  format: value('FORMAT', choice('--format', formats), 'how the result is printed', { choices: formats, usually: 'table' }),
  quiet: flag('no progress and no remarks; of what was done, only the names', { short: 'q' }),
  verbose: flag('remarks also where standard error is no terminal', { short: 'v' }),
  yes: flag('answer yes to every question'),
  color: toggle('colours and bold headings', { usually: 'on terminals, see NO_COLOR' }),
  help: flag('this help', { short: 'h' }),
} as const;

/** Understood before the command only. */
export const leadingOptions = { version: flag('the version of isola') } as const;

export type Globals = OptionInput<typeof globalOptions & typeof leadingOptions>;
