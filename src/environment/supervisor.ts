/** What every surface (command line, API, console) talks to: orders go in here, answers and facts come out. */
import type { Booted } from './boot.ts';
import type { Call } from './call.ts';
import type { Deed, Input, Result, VerbName } from './command/index.ts';
import type { Attached, Files, LogLine, TerminalSize } from './environment.ts';
import type { ServedPage } from './page.ts';
import type { Io, Running } from './process.ts';

/** Verbs whose answer is data. */
export type DataVerb = { [V in VerbName]: Result<V> extends undefined ? never : V }[VerbName];

export interface Supervisor extends Disposable {
  /** Carries out a verb. Throws a Refusal for what an operator got wrong, an ordinary error for a defect. */
  submit<V extends DataVerb>(verb: V, input: Input<V>, call: Call): Promise<Result<V>>;
  /** A fresh environment's command; cleaned up when `exit` settles. */
  run(input: Input<'run'>, io: Io, call: Call): Promise<Running>;
  /** A computer that isn't there any more when it is off. Throws a Refusal before anything starts. */
  boot(input: Input<'boot'>, call: Call): Promise<Booted>;
  /** The same one for a browser's tab: `--page` says where the page is. Throws a Refusal before anything is served. */
  page(input: Input<'boot'>, call: Call): Promise<ServedPage>;
  /** Like launch, but with an end that is bound to this process's: should it die first, the next isola removes the environment. */
  launchBound(input: Input<'launch'>, call: Call): Promise<Deed>;
  exec(input: Input<'exec'>, io: Io, call: Call): Promise<Running>;
  shell(input: Input<'shell'>, io: Io, call: Call): Promise<Running>;
  console(input: Input<'console'>, size: TerminalSize | null, call: Call): Promise<Attached>;
  logs(input: Input<'logs'>, call: Call): AsyncIterable<LogLine>;
  /** The files of an environment as tar streams; throws a Refusal where its technique has no way to them. */
  files(name: string, call: Call): Files;
  /** Is the process of an emulated machine, until that is off: `description` is a file that its technique has written. Returns the exit status. */
  machine(description: string, call: Call): Promise<number>;
  /** Cleans up after a detached environment that ended by itself, and ends what nobody uses any more. */
  reap(id: string | undefined, call: Call): Promise<void>;
  /** Names for shells to complete. */
  names(kind: 'environment' | 'image' | 'snapshot'): readonly string[];
}
