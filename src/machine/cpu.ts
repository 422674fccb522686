/** One virtual processor, however it runs. */
import type { Gla } from './units.ts';

/** Why a processor gave control back. */
export type Exit =
  /** The instructions it may run are used up. */
  | { readonly why: 'budget' }
  /** It waits for an interrupt: HLT. rip is behind it. */
  | { readonly why: 'halt' }
  /** An exception while an exception was delivered: nothing but a reset helps. */
  | { readonly why: 'shutdown' }
  /** The guest wants what isn't built; rip is behind the instruction, and nothing else of it is done. */
  | { readonly why: 'unsupported'; readonly what: string }
  /** An instruction raised this exception, which nothing in the guest takes; rip is at the instruction. */
  | { readonly why: 'exception'; readonly vector: number; readonly error: number; readonly address: Gla };

export interface Cpu {
  /** Runs until an `Exit`, at most so many instructions; exactly so many where the exit is `budget`. */
  run(budget: number): Exit;
  /** Instructions run so far. */
  readonly instructions: bigint;
}
