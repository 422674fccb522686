/** Turns what follows a command's words into its input. */
import type { Operand, Verb } from '../../../environment/command/index.ts';
import { Refusal } from '../../../environment/index.ts';
import { type Globals, globalOptions } from './globals.ts';
import { checkChoice, isOption, readOption, spellings } from './options.ts';

/**
 * The input by the keys of operands and options. Global options are read into `globals`; where they ask for help, operands may
 * be missing.
 */
export const readInput = async (
  verb: Verb,
  argv: readonly string[],
  globals: Partial<Globals>,
): Promise<Readonly<Record<string, unknown>>> => {
  const input: Record<string, unknown> = {};
  const known = spellings([globalsOf(verb), globals], [verb.options, input]);
  const where = `isola ${verb.words.join(' ')}`;
  const wordsBeforeCommand = countBeforeCommand(verb);
  const words: string[] = [];
  let command: readonly string[] = [];
  for (let at = 0; at < argv.length; ) {
    const word = argv[at] ?? '';
    if (word === '--') {
      command = afterHyphens(argv.slice(at + 1), words, wordsBeforeCommand);
      break;
    }
    if (isOption(word)) {
      at = await readOption(argv, at, known, where);
      continue;
    }
    if (words.length === wordsBeforeCommand) {
      command = argv.slice(at);
      break;
    }
    words.push(word);
    at++;
  }
  if (!globals.help) await deal(verb, words, command, input);
  return input;
};

/** The global options that mean something to a verb. */
export const globalsOf = (verb: Verb): Partial<typeof globalOptions> => {
  if (verb.result !== null) return globalOptions;
  const { format: _, ...others } = globalOptions;
  return others;
};

/** How many words come before a command's own; Infinity: it must stand after `--`; -1: the verb takes no command. */
const countBeforeCommand = (verb: Verb): number => {
  const arities = Object.values(verb.operands).map(({ arity }) => arity);
  if (!arities.includes('command')) return -1;
  return arities.every((arity) => arity === 'one' || arity === 'command') ? arities.length - 1 : Number.POSITIVE_INFINITY;
};

/** Words that are still missing are taken from behind `--`, and one more `--` may then begin the command. Returns the command. */
const afterHyphens = (rest: readonly string[], words: string[], wordsBeforeCommand: number): readonly string[] => {
  if (wordsBeforeCommand === Number.POSITIVE_INFINITY) return rest;
  const missing = wordsBeforeCommand < 0 ? rest.length : wordsBeforeCommand - words.length;
  words.push(...rest.slice(0, missing));
  const command = rest.slice(missing);
  return missing > 0 && command[0] === '--' ? command.slice(1) : command;
};

const deal = async (verb: Verb, words: readonly string[], command: readonly string[], input: Record<string, unknown>): Promise<void> => {
  const left = [...words];
  for (const [key, operand] of Object.entries(verb.operands)) {
    input[key] = dealOne(operand, left, command);
    if (isMissing(operand, input[key])) throw await misuse(verb, `isola ${verb.words.join(' ')} needs ${withArticle(operand.placeholder)}`);
    if (operand.choices) await checkChoice(String(input[key]), operand.choices, operand.placeholder);
  }
  if (left.length > 0) throw await misuse(verb, `isola ${verb.words.join(' ')} has no use for "${left.join(' ')}"`);
};

const dealOne = ({ arity }: Operand<unknown>, left: string[], command: readonly string[]): unknown => {
  switch (arity) {
    case 'one':
    case 'optional':
      return left.shift();
    case 'any':
    case 'some':
      return left.splice(0);
    case 'command':
      return command;
  }
};

const isMissing = ({ arity, required }: Operand<unknown>, dealt: unknown): boolean =>
  (arity === 'one' && dealt === undefined) || ((arity === 'some' || required === true) && (dealt as readonly string[]).length === 0);

const withArticle = (noun: string): string => `${/^[AEIOU]/.test(noun) ? 'an' : 'a'} ${noun}`;

const misuse = async (verb: Verb, problem: string): Promise<Refusal> => {
  const { usageOf } = await import('../help/usage.ts');
  return new Refusal('usage', [problem, `write ${usageOf(verb)}; isola ${verb.words.join(' ')} --help tells more`]);
};
