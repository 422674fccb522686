/** What shells need to know of the table of commands. */
import { constants } from 'node:os';
import {
  type Names,
  type Operand,
  type Option,
  type Options,
  spell,
  type Verb,
  type VerbName,
  verbs,
} from '../../../environment/command/index.ts';
import { globalOptions, leadingOptions } from '../line/globals.ts';
import { globalsOf } from '../line/input.ts';

/** What may stand in a place: some words, or what has such a name. */
export type Candidates = { readonly words: readonly string[] } | { readonly named: Exclude<Names, 'signal' | 'nothing'> } | undefined;

export interface CompletedOption {
  /** Without hyphens. */
  readonly long: string;
  readonly short: string | undefined;
  readonly summary: string;
  readonly takesValue: boolean;
  readonly repeats: boolean;
  readonly placeholder: string;
  readonly candidates: Candidates;
}

export interface CompletedOperand {
  readonly placeholder: string;
  readonly repeats: boolean;
  readonly candidates: Candidates;
}

export interface CompletedVerb {
  readonly name: string;
  readonly words: readonly string[];
  readonly summary: string;
  readonly options: readonly CompletedOption[];
  readonly operands: readonly CompletedOperand[];
  /** How many operands come before a command that begins without `--`; undefined where there is none. */
  readonly commandAfter: number | undefined;
}

export interface Model {
  /** Options before the command. */
  readonly leading: readonly CompletedOption[];
  readonly verbs: readonly CompletedVerb[];
  /** First words of commands of two. */
  readonly groups: readonly string[];
}

export const completionModel = async (): Promise<Model> => {
  const all: readonly Verb[] = await Promise.all((Object.keys(verbs) as VerbName[]).map((name) => verbs[name]()));
  const shown = all.filter(({ hidden }) => hidden !== true);
  const groups = new Set(shown.filter(({ words }) => words.length > 1).map(({ words }) => words[0]));
  return {
    leading: completedOptions({ ...globalOptions, ...leadingOptions }, {}),
    verbs: [...shown.map(completedVerb), help(shown, [...groups])],
    groups: [...groups],
  };
};

const help = (shown: readonly Verb[], groups: readonly string[]): CompletedVerb => ({
  name: 'help',
  words: ['help'],
  summary: 'Show help',
  options: [],
  operands: [
    {
      placeholder: 'COMMAND',
      repeats: false,
      candidates: { words: [...shown.filter(({ words }) => words.length === 1).map(({ words }) => words[0]), ...groups] },
    },
  ],
  commandAfter: undefined,
});

const completedVerb = (verb: Verb): CompletedVerb => {
  const operands = Object.values(verb.operands).filter(({ arity }) => arity !== 'command');
  const takesCommand = operands.length < Object.keys(verb.operands).length;
  const unbounded = operands.some(({ arity }) => arity === 'any' || arity === 'some');
  return {
    name: verb.words.join(' '),
    words: verb.words,
    summary: verb.summary,
    options: [...completedOptions(verb.options, {}), ...completedOptions(globalsOf(verb) as Options, verb.options)],
    operands: operands.map(completedOperand),
    commandAfter: takesCommand && !unbounded ? operands.length : undefined,
  };
};

const completedOperand = ({ placeholder, arity, names, choices }: Operand<unknown>): CompletedOperand => ({
  placeholder,
  repeats: arity === 'any' || arity === 'some',
  candidates: candidatesOf(names, choices),
});

/** A denied option is one more; an option of `stronger` takes spellings away. */
const completedOptions = (options: Options, stronger: Options): readonly CompletedOption[] => {
  const taken = new Set(Object.values(stronger).map(({ short }) => short));
  return Object.entries(options)
    .filter(([key]) => !(key in stronger))
    .flatMap(([key, option]) => completedOption(spell(key), option, taken));
};

const completedOption = (long: string, option: Option<unknown>, taken: ReadonlySet<string | undefined>): readonly CompletedOption[] => {
  const one = {
    long,
    short: taken.has(option.short) ? undefined : option.short,
    summary: option.summary,
    takesValue: option.kind !== 'flag',
    repeats: option.kind === 'values',
    placeholder: option.placeholder,
    candidates: candidatesOf(option.names, option.choices),
  };
  return option.deniable ? [one, { ...one, long: `no-${long}`, short: undefined, summary: `don’t: ${option.summary}` }] : [one];
};

const candidatesOf = (names: Names, choices: readonly string[] | undefined): Candidates => {
  if (choices) return { words: choices };
  if (names === 'signal') return { words: Object.keys(constants.signals) };
  return names === 'nothing' ? undefined : { named: names };
};
