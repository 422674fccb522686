/** What it takes to carry out a command. */
import type { Verb, VerbName } from '../../../environment/command/index.ts';
import type { Call, Supervisor } from '../../../environment/index.ts';
import type { Globals } from '../line/globals.ts';
import type { Interrupts } from '../telling/interrupts.ts';
import type { Outside } from '../telling/outside.ts';
import type { Teller } from '../telling/teller.ts';

export interface Errand {
  readonly name: VerbName;
  readonly verb: Verb;
  /** Made from the verb's own table, so of its `Input` type. */
  readonly input: Readonly<Record<string, unknown>>;
  readonly globals: Globals;
  readonly outside: Outside;
  readonly interrupts: Interrupts;
  open(): Promise<Supervisor>;
}

/** Returns the exit status. */
export type Carrier = (errand: Errand) => Promise<number>;

export const callOf = ({ signal }: Interrupts, teller: Teller): Call => ({
  signal,
  progress: (progress) => teller.progress(progress),
  say: (sentence) => teller.say(sentence),
});
