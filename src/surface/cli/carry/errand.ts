/** What it takes to carry out a command. */
import type { Verb, VerbName } from '../../../environment/command/index.ts';
import type { Supervisor } from '../../../environment/index.ts';
import type { Globals } from '../line/globals.ts';
import type { Interrupts } from '../telling/interrupts.ts';
import type { Outside } from '../telling/outside.ts';

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
