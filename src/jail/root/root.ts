/** The contract of a root file system. */
import type { Abort, Call, Limits } from '../../environment/index.ts';
import type { Place } from '../place.ts';
import type { Held } from '../start/namespaces.ts';

export interface Root {
  /** Fills a new root from the template. */
  makeFromTemplate(call: Call): Promise<void>;
  /** Fills a new root with another environment's files of the same kind, or with a snapshot's. */
  makeFrom(source: Place, snapshot: string | null, call: Call): Promise<void>;
  /** Fills a new root with a tree that is its own from then on; absent: none is made so. */
  makeFromTree?(tree: string, call: Call): Promise<void>;
  /** Shows it at `place.root`; safe to repeat. `held`: its namespaces, undefined where it shares the host's. */
  mount(held: Held | undefined): Promise<void>;
  unmount(): Promise<void>;
  /** Nothing inside may write meanwhile. */
  take(directory: string, signal: Abort): Promise<void>;
  /** Copies what `take` kept beside the files; if it throws, `recover` removes the copy. */
  prepareRestore(directory: string, signal: Abort): Promise<void>;
  /** Puts that copy in their place; it must not be mounted. */
  restore(): Promise<void>;
  /** Undoes what a process that died in one of these left. */
  recover(): Promise<void>;
  /** Changes the quota, mounted or not. */
  resize(limits: Limits): Promise<void>;
  /** Completes a change of the quota that was broken off. Returns the quota, where it has one. */
  finishResize(): Promise<number | undefined>;
  /** Bytes used and the quota; null where it has none. */
  use(): { readonly used: number; readonly size: number } | null;
  /** A directory whose disk is the one that input and output limits mean. */
  readonly onDisk: string;
}
