/**
 * One virtual processor, however it runs: interpreted, translated, by KVM, or directly. It has its local APIC; its port and memory traffic goes over buses that whoever
 * makes it wires up, and never surfaces here. test/contract/cpu says in detail what holds, and runs on all of them.
 *
 * Several may be on one memory. Whoever has them on one thread lets them run in turns: an instruction is through before another processor has its turn, so what LOCK
 * promises holds of every instruction, and each sees what the others wrote, code included, at its next. Strings that take long may be given up between two steps. On threads of
 * their own they have to see to LOCK themselves.
 */
import type { ApicMessage } from './apic.ts';
import type { CpuState } from './cpu-state.ts';
import type { Gla } from './units.ts';

/** Where a debugger has a processor stop, by linear addresses. The guest can't tell. */
export type Stop =
  | { readonly on: 'execute'; readonly address: Gla }
  | { readonly on: 'read' | 'write' | 'access'; readonly address: Gla; readonly bytes: number };

/** Why a processor gave control back. Its state is as between two instructions. */
export type Exit =
  /** The instructions it may run are used up. */
  | { readonly why: 'budget' }
  /** Somebody asked for it: `kick`. */
  | { readonly why: 'kick' }
  /** It waits for an interrupt, behind HLT or before an x87 instruction whose predecessor's exception is told outside; or to be started, after INIT. */
  | { readonly why: 'halt' }
  /** An interrupt would be taken now, and somebody waits for that: `isAwaited`. */
  | { readonly why: 'open' }
  /** Before an instruction that a debugger stops at, as often as it is asked to go on there; or behind one that touched what it watches. */
  | { readonly why: 'stop'; readonly stop: Stop }
  /** An exception while a double fault was delivered: nothing but an NMI or a reset helps. */
  | { readonly why: 'shutdown' }
  /** The guest wants what isn't built; rip is at the instruction, of which nothing is done. */
  | { readonly why: 'unsupported'; readonly what: string }
  /** An instruction raised this exception, which nothing in the guest takes; rip is at the instruction. */
  | { readonly why: 'exception'; readonly vector: number; readonly error: number; readonly address: Gla };

/** What not every back end can. */
export const abilities = {
  count: 'stops after exactly as many instructions as it may run',
  time: 'counts its time in instructions where nobody tells it, and so runs the same again from the same state',
  stop: 'stops where a debugger says',
  handOut: 'hands exceptions out where the guest has no table of interrupts',
} as const;
export type Ability = keyof typeof abilities;

export interface Cpu {
  readonly can: ReadonlySet<Ability>;
  /** Runs until an `Exit`, at most so many instructions, and exactly so many where the exit is `budget`; a hint for who can't count. Who runs some of them uncounted does so for no more than so many nanoseconds. */
  run(budget: number, nanoseconds?: number): Exit;
  /** Instructions run and exceptions taken so far. */
  readonly instructions: bigint;
  /** Has `run` give control back soon: from a device that the present instruction touches, behind it; from elsewhere within some milliseconds. One that doesn't run gives it back at once the next time. */
  kick(): void;
  /** The same for other threads, where it lies in memory that they share: 1, and 0 again once control is given back. */
  readonly kicked: Int32Array;
  /** Has an interrupt taken before the next instruction, whether it waits for one or not. False where none is taken now: IF is clear, or the instruction before holds it back. */
  interrupt(vector: number): boolean;
  /** Whether `run` shall give control back as soon as an interrupt would be taken. */
  isAwaited: boolean;
  /** Where `run` gives control back for a debugger, and the rest is as if there were none. What was found out about code is forgotten with each change. */
  stops: readonly Stop[];
  /** Has an NMI taken as soon as one may be; a second one waits until the first is through, a third is lost. */
  nonMaskable(): void;
  /** What its local APIC receives over the bus: interrupts of every kind, INIT and SIPI. */
  receive(message: ApicMessage): void;
  /** Ticks until its local APIC's timer is through; undefined where nobody waits for it. Who has a processor that halts lets them pass. */
  readonly alarm: bigint | undefined;
  /** Ticks pass in which it runs nothing. */
  pass(ticks: bigint): void;
  /** As after power-up. */
  reset(): void;
  /** All that a program can tell, between two runs. */
  save(): CpuState;
  /** Throws `UnfitState` where no processor like this one can have it, and has changed nothing then. Running on is as it would have been where it was saved. */
  load(state: CpuState): void;
  /** Memory was changed by neither this processor nor another one on it. */
  forget(): void;
}
