import type { Call } from './call.ts';
import type { Definition, Environment } from './environment.ts';
import type { Spec, TechniqueName } from './spec.ts';

/** Can this host do it, and if not, what is missing and what would help? */
export type Verdict =
  | { readonly ok: true; readonly notes: readonly string[] }
  | { readonly ok: false; readonly missing: string; readonly remedy: string };

/** What of the host can be reached from inside, and in which way. */
export type Access = Readonly<Record<'processor' | 'memory' | 'disk' | 'network' | 'devices' | 'host files', string>>;

/** One way to make environments. */
export interface Technique {
  readonly name: TechniqueName;
  /** For whoever compares techniques. */
  readonly access: Access;
  /** Techniques with the same word keep an environment's files in the same way: where it moves from one to another, they stay as they are. */
  readonly shelf: string;
  /** Debian packages without which it can't work. */
  readonly leansOn: readonly string[];
  /** Why no comparison of some minutes takes it along, where that is so. */
  readonly incomparable?: string;
  probe(): Promise<Verdict>;
  /** Refuses a specification this host can't fulfil, before anything is made. */
  check(spec: Spec): Promise<void>;
  /** An environment is about to be made and started: begins what takes time, and ends when that is done. May be called in vain. */
  expect(network: Spec['network'], call: Call): Promise<void>;
  /** A handle; touches nothing. */
  open(definition: Definition): Environment;
  /** What it sweeps and brings to rest. Several techniques may have the same: then one of them is asked to. */
  readonly shares: object;
  /** Host resources that carry this store's mark and belong to no living environment; removes them if `repair`. */
  sweep(living: readonly Definition[], repair: boolean): Promise<readonly string[]>;
  /**
   * To be called when no environment seems to run any more: ends shared services (bridge, name server …) unless one does. `soon`: it
   * may leave what takes long to a process of its own.
   */
  rest(soon: boolean): Promise<void>;
}
