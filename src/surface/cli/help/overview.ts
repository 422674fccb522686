/** The help of isola as a whole, and of a group of commands. */
import { topics, type Verb, type VerbName, verbs } from '../../../environment/command/index.ts';
import { globalOptions, leadingOptions } from '../line/globals.ts';
import type { Paint } from '../telling/style.ts';
import { columnFor, definitions, type Entry, wrap } from './layout.ts';
import { entriesOf, exampleLines } from './verb.ts';

const purpose = 'Divides one computer into isolated environments, by every classic technique, and says what each costs.';

/** Commands whose first example shows what isola is about. */
const shown = ['run', 'launch', 'exec'] as const satisfies readonly VerbName[];

const statuses: readonly Entry[] = [
  ['0', 'done'],
  ['1', 'refused, with the reason and what to try'],
  ['2', 'the command line can’t be understood'],
  ['70', 'a mistake in isola'],
  ['124', 'out of time'],
  ['125, 126, 127', 'of run, exec and shell: isola refused; not executable; not found. All others are the command’s own'],
  ['129, 130, 143', 'ended by SIGHUP, SIGINT, SIGTERM'],
];

export const overview = async (width: number, paint: Paint): Promise<string> => {
  const heading = (text: string): readonly string[] => ['', paint('bold', `${text}:`)];
  const commands = await Promise.all(Object.entries(topics).map(async ([topic, names]) => ({ topic, entries: await summaries(names) })));
  const examples = await Promise.all(shown.map(async (name) => (await verbs[name]()).examples[0]));
  const globals = entriesOf({ ...globalOptions, ...leadingOptions });
  const column = columnFor([...commands.flatMap(({ entries }) => entries), ...globals]);
  const lines = [
    ...wrap(purpose, width),
    '',
    `${paint('bold', 'Usage:')} isola COMMAND [OPTION…] [OPERAND…]`,
    ...commands.flatMap(({ topic, entries }) => [...heading(topic), ...definitions(entries, width, column)]),
    ...heading('Options of every command'),
    ...definitions(globals, width, column),
    ...heading('Examples'),
    ...examples.flatMap((example) => (example ? exampleLines(example, width, paint) : [])),
    ...heading('Exit status'),
    ...definitions(statuses, width, column),
    '',
    ...wrap('isola COMMAND --help tells about one command. isola doctor tells what works on this host.', width),
    ...wrap('Read on in docs/cli.md (conventions) and docs/commands.md (every command).', width),
  ];
  return `${lines.join('\n')}\n`;
};

export const groupHelp = async (words: readonly string[], width: number, paint: Paint): Promise<string> => {
  const group = words.join(' ');
  const names = (Object.keys(verbs) as VerbName[]).filter((name) => name.startsWith(`${group} `));
  const lines = [
    `${paint('bold', 'Usage:')} isola ${group} COMMAND [OPTION…] [OPERAND…]`,
    '',
    paint('bold', 'Commands:'),
    ...definitions(await summaries(names), width),
    '',
    ...wrap(`isola ${group} COMMAND --help tells about one of them.`, width),
  ];
  return `${lines.join('\n')}\n`;
};

const summaries = (names: readonly VerbName[]): Promise<Entry[]> =>
  Promise.all(
    names.map(async (name) => {
      const verb: Verb = await verbs[name]();
      return [name, verb.summary] as const;
    }),
  );
