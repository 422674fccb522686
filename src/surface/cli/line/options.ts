/** Reads options off a command line as GNU's getopt_long does: getopt(3); the glibc manual, "Argument Syntax". */
import { type Option, type Options, spell } from '../../../environment/command/index.ts';
import { Refusal } from '../../../environment/index.ts';

/** What one spelling means, and the record its value goes to. */
export interface Meaning {
  readonly key: string;
  readonly option: Option<unknown>;
  readonly denies: boolean;
  readonly into: Record<string, unknown>;
}

/** Meanings by `--memory`, `-m` and `--no-tty`. */
export type Spellings = ReadonlyMap<string, Meaning>;

/** Later options take spellings from earlier ones. Every option's absent value is put into its record. */
export const spellings = (...lists: readonly (readonly [Options, Record<string, unknown>])[]): Spellings => {
  const all = new Map<string, Meaning>();
  for (const [options, into] of lists) {
    for (const [key, option] of Object.entries(options)) {
      const meaning = { key, option, denies: false, into };
      into[key] ??= option.absent;
      all.set(`--${spell(key)}`, meaning);
      if (option.short !== undefined) all.set(`-${option.short}`, meaning);
      if (option.deniable) all.set(`--no-${spell(key)}`, { ...meaning, denies: true });
    }
  }
  return all;
};

/** A lone hyphen is an operand: POSIX XBD 12.2, guideline 13. */
export const isOption = (word: string): boolean => word.startsWith('-') && word !== '-';

/** Reads the option at `at`; returns where to go on. `where` is what the user asks help for: `isola run`. */
export const readOption = (argv: readonly string[], at: number, known: Spellings, where: string): Promise<number> | number => {
  const word = argv[at] ?? '';
  return word.startsWith('--') ? readLong(argv, at, word, known, where) : readShorts(argv, at, word, known, where);
};

const readLong = async (argv: readonly string[], at: number, word: string, known: Spellings, where: string): Promise<number> => {
  const equals = word.indexOf('=');
  const spelled = equals < 0 ? word : word.slice(0, equals);
  const meaning = known.get(spelled) ?? (await refuseUnknown(spelled, known, where));
  if (meaning.option.kind === 'flag') {
    if (equals >= 0)
      throw new Refusal('usage', [`${spelled} takes no value, so it can't be "${word}"`, `${where} --help shows the options`]);
    meaning.into[meaning.key] = !meaning.denies;
    return at + 1;
  }
  await take(meaning, equals < 0 ? argv[at + 1] : word.slice(equals + 1), spelled, where);
  return equals < 0 ? at + 2 : at + 1;
};

/** `-it`, `-m512M`, `-m 512M`. */
const readShorts = async (argv: readonly string[], at: number, word: string, known: Spellings, where: string): Promise<number> => {
  for (let place = 1; place < word.length; place++) {
    const spelled = `-${word[place]}`;
    const meaning = known.get(spelled) ?? (await refuseUnknown(spelled, known, where));
    if (meaning.option.kind === 'flag') {
      meaning.into[meaning.key] = true;
      continue;
    }
    const rest = word.slice(place + 1);
    await take(meaning, rest === '' ? argv[at + 1] : rest, spelled, where);
    return rest === '' ? at + 2 : at + 1;
  }
  return at + 1;
};

const take = async ({ key, option, into }: Meaning, text: string | undefined, spelled: string, where: string): Promise<void> => {
  if (text === undefined) {
    throw new Refusal('usage', [`${spelled} needs a value: ${option.placeholder}`, `${where} --help shows the options`]);
  }
  if (option.choices) await checkChoice(text, option.choices, spelled);
  const parsed = option.parse(text);
  into[key] = option.kind === 'values' ? [...(into[key] as readonly unknown[]), parsed] : parsed;
};

/** A choice that ends with a colon is only a beginning. */
export const checkChoice = async (text: string, choices: readonly string[], what: string): Promise<void> => {
  if (choices.some((choice) => (choice.endsWith(':') ? text.startsWith(choice) : text === choice))) return;
  throw (await import('./suggest.ts')).unknownChoice(text, choices, what);
};

const refuseUnknown = async (spelled: string, known: Spellings, where: string): Promise<never> => {
  throw (await import('./suggest.ts')).unknownOption(spelled, [...known.keys()], where);
};
