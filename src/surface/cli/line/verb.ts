/** Finds out which command a command line is for. */
import { type Verb, type VerbName, verbs } from '../../../environment/command/index.ts';
import { type Globals, globalOptions, leadingOptions } from './globals.ts';
import { isOption, readOption, spellings } from './options.ts';

export type Found =
  | { readonly kind: 'verb'; readonly name: VerbName; readonly verb: Verb; readonly rest: readonly string[] }
  /** No words: the overview; a group's word: the group. */
  | { readonly kind: 'help'; readonly words: readonly string[] }
  | { readonly kind: 'version' };

/** Reads global options into `globals` until the words of a command are complete. */
export const findVerb = async (argv: readonly string[], globals: Partial<Globals>): Promise<Found> => {
  const known = spellings([globalOptions, globals], [leadingOptions, globals]);
  const words: string[] = [];
  for (let at = 0; at < argv.length; ) {
    const word = argv[at] ?? '';
    if (word === '--') {
      at++;
      continue;
    }
    if (isOption(word)) {
      at = await readOption(argv, at, known, ['isola', ...words].join(' '));
      continue;
    }
    at++;
    if (words.length === 0 && word === 'help') return await findHelp(argv.slice(at));
    words.push(word);
    const name = await checkWords(words);
    if (name !== undefined) return { kind: 'verb', name, verb: await verbs[name](), rest: argv.slice(at) };
  }
  return globals.version ? { kind: 'version' } : { kind: 'help', words };
};

const findHelp = async (rest: readonly string[]): Promise<Found> => {
  const words = rest.filter((word) => !isOption(word));
  for (let count = 1; count <= words.length; count++) {
    if ((await checkWords(words.slice(0, count))) !== undefined) return { kind: 'help', words: words.slice(0, count) };
  }
  return { kind: 'help', words };
};

/** The command these words are, or undefined while they are the beginning of some. */
const checkWords = async (words: readonly string[]): Promise<VerbName | undefined> => {
  const said = words.join(' ');
  if (Object.hasOwn(verbs, said)) return said as VerbName;
  const names = Object.keys(verbs);
  if (names.some((name) => name.startsWith(`${said} `))) return undefined;
  throw (await import('./suggest.ts')).unknownVerb(words, names);
};
