/** Programs that run elsewhere than in the interpreter, by somebody who has processors of the same kind: what he is asked, and when he may be. */
import { Activity, decode, Eflags, type Encoding, State, type Table, TooLong, TooShort } from '../isa/index.ts';
import { Cr0, Cr4, Efer } from './control/bits.ts';
import type { MemoryPath } from './memory/memory-path.ts';
import type { Access, Translation } from './memory/paging.ts';
import type { Ram } from './memory/ram.ts';

/** What he finds of this processor. */
export interface Inside {
  readonly ram: Ram;
  readonly state: DataView;
  /** Where an address is for the program that runs, and whether it may be touched so; it counts as touched then. Undefined where that faults, or has to be looked at each time. */
  reach(linear: bigint, access: Access): Translation | undefined;
  /** How long an instruction of such code is; 0 of what is none, or isn't whole. */
  lengthOf(code: Uint8Array, at: number, bits: 64 | 32): number;
  /** Whether devices are there, physically. */
  isDevice(physical: number): boolean;
}

/**
 * How a program went: it wasn't run · it ran on, and what comes next has to be interpreted · its time is over · it has run one instruction with EFLAGS.TF · it ran, and nobody knows how far: the state is as it was before, its
 * memory is not.
 */
export type Went = 'not' | 'on' | 'late' | 'stepped' | 'lost';

export interface Programs {
  /** Whether any is run so at the moment; where not, nobody has anything of one from then on. */
  areOn(): boolean;
  /**
   * Runs the program that the state says, of privilege 3, for so many nanoseconds at the most, asked where it is worth it. `isArriving`: the system has just gone back to it; else it was interrupted on its way.
   */
  run(nanoseconds: () => number, isArriving: boolean): Went;
  /** Translations are forgotten: of a page in the present address space; of what a PCID names, a page or all; of all. SDM Vol. 3A, 5.10.4. */
  forgetPage(linear: bigint): void;
  forgetContext(pcid: bigint, linear: bigint | undefined): void;
  forgetAll(): void;
  /** Memory was changed by neither this processor nor another one on it. */
  forgetMemory(): void;
  /** CR3 is another one; whether translations of its address space outlive that. */
  enterSpace(keeps: boolean): void;
}

export type MakePrograms = (inside: Inside) => Programs;

/** Nanoseconds that a program runs at the most. */
const longest = 10_000_000;

/** Bits of State.programs: privilege 3 has it, and no other that systems use. */
const atPrograms = 2;

interface Parts {
  readonly ram: Ram;
  readonly state: DataView;
  readonly memory: MemoryPath;
  readonly table: Table<Encoding>;
  /** In nanoseconds: when the local APIC's timer is through, and the processor's time. */
  next(): bigint | undefined;
  now(): bigint;
}

export class Elsewhere {
  readonly #parts: Parts;
  readonly programs: Programs;
  #until = 0n;
  #isDue = true;

  constructor(parts: Parts, make: MakePrograms) {
    this.#parts = parts;
    const { ram, state, memory, table } = parts;
    this.programs = make({
      ...{ ram, state },
      reach: (linear, access) => memory.reach(linear, access),
      lengthOf: (code, at, bits) => lengthIn(table, code, at, bits),
      isDevice: (physical) => memory.window?.has(physical) ?? false,
    });
  }

  /** The processor begins to run: for so long, where somebody says. */
  begin(nanoseconds = longest): void {
    if (!this.programs.areOn()) return;
    this.#until = this.#parts.now() + BigInt(Math.floor(Math.min(Math.max(nanoseconds, 0), longest)));
  }

  readonly #left = (): number => {
    const next = this.#parts.next();
    const until = next === undefined || next > this.#until ? this.#until : next;
    return Number(until - this.#parts.now());
  };

  /** Where nothing is trapped, watched or held back, and the program is one that can be run so. */
  run(isArriving: boolean): Went {
    if (!this.programs.areOn()) return 'not';
    if (!this.#isDue) {
      this.#isDue = true;
      return 'not';
    }
    if (!this.#isPlain) return 'not';
    const went = this.programs.run(this.#left, isArriving);
    if (went === 'on') this.#isDue = false;
    return went;
  }

  get #isPlain(): boolean {
    const { state, ram, memory } = this.#parts;
    const has = (place: number): number => state.getUint32(place, true);
    if (has(State.cpl) !== 3 || (has(State.cr0) & (Cr0.pg | Cr0.ts | Cr0.em)) !== Cr0.pg) return false;
    if ((has(State.flags) & (Eflags.tf | Eflags.ac | Eflags.nt | Eflags.vm)) !== 0) return false;
    if ((has(State.efer) & Efer.lma) !== 0 && (has(State.cr4) & Cr4.la57) !== 0) return false;
    return has(State.activity) === Activity.active && !ram.isWrapped && !memory.breakpoints.areOn;
  }
}

const lengthIn = (table: Table<Encoding>, code: Uint8Array, at: number, bits: 64 | 32): number => {
  try {
    const decoded = decode(table, code, at, bits);
    return decoded.form === undefined ? 0 : decoded.lengthBytes;
  } catch (error) {
    if (error instanceof TooShort || error instanceof TooLong) return 0;
    throw error;
  }
};

/** Has handlers give control back where the system goes back to a program, or not. */
export const heedArrivals = (state: DataView, are: boolean): void => state.setUint32(State.programs, are ? atPrograms : 0, true);

/** Has the host told of each address space that is entered and of each page that is forgotten, or not. */
export const heedSpaces = (state: DataView, are: boolean): void => state.setUint32(State.shadowed, are ? 1 : 0, true);
