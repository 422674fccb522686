/** The help of one command. */
import {
  type Example,
  type Group,
  groups,
  type Operand,
  type Option,
  type Options,
  spell,
  type Verb,
} from '../../../environment/command/index.ts';
import { globalsOf } from '../line/input.ts';
import type { Paint } from '../telling/style.ts';
import { columnFor, definitions, type Entry, wrap } from './layout.ts';
import { usageOf } from './usage.ts';

export const verbHelp = (verb: Verb, width: number, paint: Paint): string => {
  const section = (heading: string, lines: readonly string[]): readonly string[] =>
    lines.length === 0 ? [] : ['', paint('bold', `${heading}:`), ...lines];
  const { details, operands, examples } = verb;
  const sections = [...optionSections(verb.options), { heading: 'Options of every command', entries: entriesOf(everywhere(verb)) }];
  const column = columnFor(sections.flatMap(({ entries }) => entries));
  const lines = [
    ...wrap(verb.summary, width),
    '',
    `${paint('bold', 'Usage:')} ${usageOf(verb)}`,
    ...(details === undefined ? [] : ['', ...wrap(details, width)]),
    ...section('Operands', definitions(Object.values(operands).map(operandEntry), width)),
    ...sections.flatMap(({ heading, entries }) => section(heading, definitions(entries, width, column))),
    ...section(
      'Examples',
      examples.flatMap((example) => exampleLines(example, width, paint)),
    ),
  ];
  return `${lines.join('\n')}\n`;
};

export const exampleLines = ({ line, does }: Example, width: number, paint: Paint): readonly string[] => [
  `  ${paint('cyan', `isola ${line}`)}`,
  ...wrap(does, width, '      '),
];

export interface OptionSection {
  readonly heading: string;
  readonly entries: readonly Entry[];
}

/** Options under their headings, those without one first. */
export const optionSections = (options: Options): readonly OptionSection[] =>
  [undefined, ...groups]
    .map((group) => ({ heading: group ?? 'Options', entries: entriesOf(inGroup(options, group)) }))
    .filter(({ entries }) => entries.length > 0);

const inGroup = (options: Options, group: Group | undefined): Options =>
  Object.fromEntries(Object.entries(options).filter(([, option]) => option.group === group));

/** --yes is accepted everywhere but of use only where something is asked; a verb's own spelling hides the global one. */
const everywhere = (verb: Verb): Options =>
  Object.fromEntries(
    Object.entries(globalsOf(verb) as Options)
      .filter(([key]) => (key !== 'yes' || verb.asks !== undefined) && !(key in verb.options))
      .map(([key, option]) => {
        const taken = Object.values(verb.options).some(({ short }) => short !== undefined && short === option.short);
        const { short: _, ...shortless } = option;
        return [key, taken ? shortless : option];
      }),
  );

export const entriesOf = (options: Options): readonly Entry[] => Object.entries(options).map(([key, option]) => optionEntry(key, option));

const optionEntry = (key: string, option: Option<unknown>): Entry => {
  const short = option.short === undefined ? '    ' : `-${option.short}, `;
  const deniable = option.deniable ? '[no-]' : '';
  const value = option.kind === 'flag' ? '' : ` ${option.placeholder}`;
  return [`${short}--${deniable}${spell(key)}${value}`, explain(option)];
};

/** `summary (a, b or c; may be repeated; usually a)` */
const explain = ({ summary, choices, kind, usually }: Option<unknown>): string => {
  const named = choices?.every((choice) => summary.includes(choice)) ?? true;
  const notes = [
    ...(choices && !named ? [choices.join(', ')] : []),
    ...(kind === 'values' ? ['may be repeated'] : []),
    ...(usually === undefined ? [] : [`usually ${usually}`]),
  ];
  return notes.length === 0 ? summary : `${summary} (${notes.join('; ')})`;
};

const operandEntry = ({ placeholder, summary }: Operand<unknown>): Entry => [placeholder, summary];
