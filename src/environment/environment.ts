/** The contract of a place to run something, whatever stands behind it. */

import type { Abort } from './abort.ts';
import type { Call } from './call.ts';
import type { Template } from './image.ts';
import type { Limits, Usage } from './limits.ts';
import type { ByteSink, ExecRequest, Exit, Io, Running } from './process.ts';
import type { Spec } from './spec.ts';
import type { Id, Name } from './value/name.ts';

export const phases = ['creating', 'stopped', 'running', 'paused'] as const;
export type Phase = (typeof phases)[number];

/** An address on isola's bridge. */
export interface Address {
  readonly ip: string;
  readonly prefix: number;
  readonly gateway: string;
  readonly mac: string;
}

/** Everything that is decided about an environment before it is made; what is found out later is not here. */
export interface Definition {
  readonly id: Id;
  readonly name: Name;
  readonly spec: Spec;
  readonly template: Template;
  /** Number of the environment's own range of user ids, network port and so on: 0 …, unique among those that exist. */
  readonly slot: number;
  /** null unless the network is a bridge. */
  readonly address: Address | null;
  /** What `create` chose; null before. Kept as text by the supervisor and understood by the technique alone. */
  readonly made: Made | null;
}

/** How the root file system was made, and why so: `kind` is the technique's own word. */
export interface Made {
  readonly kind: string;
  readonly reason: string;
}

/** Where the files of a new environment come from. */
export type Origin =
  | { readonly from: 'template' }
  | { readonly from: 'environment'; readonly source: Definition; readonly snapshot: string | null };

/** What is true of an environment right now, read from the host. */
export interface Observed {
  readonly phase: 'stopped' | 'running' | 'paused';
  /** Process id of its first process on the host, while there is one. */
  readonly pid: number | null;
  /** How it last ended, where known. */
  readonly exit: Exit | null;
}

/**
 * Every method is safe to repeat: names of host resources follow from the definition, so what a killed process left half
 * done is found and finished, or removed. What only some kinds offer is a facet in `can`, never a method that throws.
 */
export interface Environment {
  readonly definition: Definition;
  /** Makes the lasting parts. If it throws, `destroy` removes what was made. */
  create(origin: Origin, call: Call): Promise<Made>;
  /** Starts it detached: it goes on when isola ends. */
  start(call: Call): Promise<void>;
  /** Starts it with the given streams; the promise inside `Running` settles when it has ended. `settle` is still due. */
  run(io: Io, call: Call): Promise<Running>;
  observe(): Promise<Observed>;
  /**
   * Asks it to end, waits for `graceMs`, then kills it. Returns whether it had to be killed. Throws the signal's reason if that is
   * aborted meanwhile: then it goes on, until it does what it was asked.
   */
  stop(graceMs: number, signal: Abort): Promise<{ readonly killed: boolean }>;
  /** Releases all that a start acquired. To be called when nothing of it runs any more. Returns how it ended, where that was noted. */
  settle(): Promise<Exit | null>;
  /** Kills it, settles it, and removes its lasting parts. */
  destroy(): Promise<void>;
  describe(): Description;
  readonly can: Facets;
}

export interface Description {
  /** The process that writes its log and notices its end; `gone` where somebody killed that. */
  readonly keeper: 'there' | 'gone' | 'needs none';
  /** Where programs of the host reach ports inside, of one that runs and has such a way: a Unix socket at which they write `CONNECT PORT` first. */
  readonly sockets?: string | undefined;
  /** What carries out the instructions of a computer that runs: the technique's own word. */
  readonly processor?: string | undefined;
  /** Where its root file system is, or is shown, on the host. */
  readonly rootPath: string;
  /** Host ids that stand for its own 0, 1, …; null where it shares the host's. */
  readonly userIds: { readonly first: number; readonly count: number } | null;
}

export interface Facets {
  readonly pause?: { pause(): Promise<void>; resume(): Promise<void> };
  readonly exec?: { exec(request: ExecRequest): Promise<Running> };
  /** The console of its first process: what it prints, and keys for it. */
  readonly console?: { attach(size: TerminalSize | null): Promise<Attached> };
  readonly logs?: { read(options: LogOptions): AsyncIterable<LogLine> };
  readonly files?: Files;
  /** Limits that change while it runs; throws a Refusal for those that cannot. */
  readonly limits?: {
    apply(limits: Limits): Promise<void>;
    /** After a change that was broken off: what the definition says holds again. Returns its limits, with those that can't go back as they are now. */
    meet(): Promise<Limits>;
  };
  readonly usage?: { read(): Promise<Usage> };
  readonly snapshots?: Snapshots;
  /** Makes others resolve a new name. The definition has it already. */
  readonly rename?: { apply(): Promise<void> };
  /** Publishes the ports of the definition instead of those before, while it runs. */
  readonly ports?: { apply(): Promise<void> };
  readonly shelf?: Shelf;
  /** Has one that runs under a technique with the same shelf go on as its own: says how that went. Throws a Refusal where it goes on as before. */
  readonly live?: { take(): Promise<string> };
}

/** How its files are kept, where a technique with another shelf can have them: it must not run for any of this. */
export interface Shelf {
  /** Copies all its files to an empty directory that only root gets at, with owners from `firstId` of the host on. */
  spread(directory: string, firstId: number, call: Call): Promise<void>;
  /** Makes files of its own of another's, beside those. If it throws, nothing stays of that. */
  take(from: Shelf, call: Call): Promise<Made>;
  /** Has in place what was made by the word of the definition; what was there before is beside it then. */
  arrange(): Promise<void>;
  /** Removes what is beside it. */
  finish(): Promise<void>;
}

/** Files as tar streams, with owners, modes and links, whether it runs or not. Paths are absolute. */
export interface Files {
  kind(path: string): Promise<'directory' | 'file' | null>;
  /** Unpacks into a directory, which is made if it isn't there. */
  put(tar: AsyncIterable<Uint8Array>, directory: string): Promise<void>;
  /** A directory's contents, named `./…`; or a file by its own name. */
  get(path: string): AsyncIterable<Uint8Array>;
  remove(path: string): Promise<void>;
}

export interface Snapshots {
  /** Whether it stands still by itself while one is taken, with all that runs in it. */
  readonly isLive?: boolean;
  /** Whether one has all that ran, which goes on in whoever is made of it. */
  goesOn?(snapshot: string): boolean;
  /** Returns the bytes the snapshot occupies of its own, as far as the file system tells. */
  take(snapshot: string, signal: Abort): Promise<{ readonly bytes: number; readonly how: string }>;
  /** Copies a snapshot beside the files, while it runs or not. If it throws, nothing stays of that. */
  prepareRestore(snapshot: string, signal: Abort): Promise<void>;
  /** Puts that copy in their place. The environment must not run. */
  restore(): Promise<void>;
  remove(snapshot: string): Promise<void>;
  /** Undoes what a process that died at work on snapshots left half done; those `known` stay. */
  recover(known: readonly string[]): Promise<void>;
}

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

export interface Attached {
  readonly output: AsyncIterable<Uint8Array>;
  readonly input: ByteSink;
  resize(size: TerminalSize): void;
  detach(): void;
}

export interface LogOptions {
  /** Aborted: no more lines, but its reason thrown. */
  readonly signal?: Abort;
  readonly follow: boolean;
  /** Only so many of the last lines; undefined: all. */
  readonly last: number | undefined;
}

export interface LogLine {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}
