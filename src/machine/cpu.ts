/** One virtual processor, however it runs. */
import type { Gla } from './units.ts';

/** Why a processor gave control back. */
export type Exit =
  /** The instructions it may run are used up. */
  | { readonly why: 'budget' }
  /** It waits for an interrupt: behind HLT, or before an x87 instruction whose predecessor's exception is told outside. */
  | { readonly why: 'halt' }
  /** An interrupt would be taken now, and somebody waits for that: `isAwaited`. */
  | { readonly why: 'open' }
  /** An exception while a double fault was delivered: nothing but an NMI or a reset helps. */
  | { readonly why: 'shutdown' }
  /** The guest wants what isn't built; rip is at the instruction, of which nothing is done. */
  | { readonly why: 'unsupported'; readonly what: string }
  /** An instruction raised this exception, which nothing in the guest takes; rip is at the instruction. */
  | { readonly why: 'exception'; readonly vector: number; readonly error: number; readonly address: Gla };

export interface Cpu {
  /** Runs until an `Exit`, at most so many instructions; exactly so many where the exit is `budget`. */
  run(budget: number): Exit;
  /** Instructions run and exceptions taken so far. */
  readonly instructions: bigint;
  /** Has an interrupt taken before the next instruction, whether it waits for one or not. False where none is taken now: IF is clear, or the instruction before holds it back. */
  interrupt(vector: number): boolean;
  /** Whether `run` shall give control back as soon as an interrupt would be taken. */
  isAwaited: boolean;
  /** Has an NMI taken as soon as one may be; a second one waits until the first is through, a third is lost. */
  nonMaskable(): void;
  /** As after a reset or an INIT. */
  reset(): void;
}
