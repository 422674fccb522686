/** The command line: argv becomes calls of the supervisor, answers become text. */
import type { VerbName } from '../../environment/command/index.ts';
import type { Supervisor } from '../../environment/index.ts';
import { carrierOf, endsAsProgram } from './carry/index.ts';
import type { Globals } from './line/globals.ts';
import { readInput } from './line/input.ts';
import { type Found, findVerb } from './line/verb.ts';
import { Interrupts } from './telling/interrupts.ts';
import { type Outside, thisProcess } from './telling/outside.ts';

/** `storeless`: a supervisor for what has an answer also where the store can't be opened. `visits`: none is made; `apart`: none is opened. */
export type Open = (options: {
  readonly store: string | undefined;
  readonly storeless: boolean;
  readonly visits: boolean;
  readonly apart: boolean;
}) => Promise<Supervisor>;

/** Carries out one command line; returns the exit status. `outside` is this process unless a test says otherwise. */
export const main = async (argv: readonly string[], open: Open, outside: Outside = thisProcess): Promise<number> => {
  const globals: Partial<Globals> = {};
  let name: VerbName | undefined;
  let interrupts: Interrupts | undefined;
  try {
    const found = await findVerb(argv, globals);
    if (found.kind !== 'verb') return await answer(found, globals, outside);
    name = found.name;
    const input = await readInput(found.verb, found.rest, globals);
    if (globals.help) return await answer({ kind: 'help', words: found.verb.words }, globals, outside);
    interrupts = new Interrupts(`isola ${name}`);
    const store = globals.store ?? outside.env['ISOLA_STORE'];
    const { storeless = false, visits = false, apart = false } = found.verb;
    const carry = await carrierOf(name);
    const openIt = (): Promise<Supervisor> => open({ store, storeless, visits, apart });
    // Every key of Globals has its absent value since the line was read.
    return await carry({ ...found, input, globals: globals as Globals, outside, interrupts, open: openIt });
  } catch (error) {
    const { report } = await import('./telling/report.ts');
    const interrupted = interrupts?.status === undefined ? undefined : { status: interrupts.status, reason: interrupts.signal.reason };
    const json = (interrupts ? globals.format : formatAsked(argv)) === 'json';
    return await report(error, { outside, color: globals.color, json, passing: endsAsProgram(name), interrupted });
  } finally {
    if (outside === thisProcess) interrupts?.leave();
    else interrupts?.[Symbol.dispose]();
  }
};

const answer = async (found: Exclude<Found, { kind: 'verb' }>, globals: Partial<Globals>, outside: Outside): Promise<number> => {
  const help = await import('./help/index.ts');
  return found.kind === 'version' ? await help.printVersion(outside) : await help.printHelp(found.words, globals, outside);
};

/** Whoever can't be understood is still answered in the format asked for. */
const formatAsked = (argv: readonly string[]): string | undefined => {
  const line = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : argv.length);
  const at = line.findLastIndex((word) => word === '--format' || word.startsWith('--format='));
  return line[at]?.split('=')[1] ?? (at < 0 ? undefined : line[at + 1]);
};
