/** Descriptors: SDM Vol. 3A, 3.4.5, 3.5, 6.8.3 and 8.2.2. */
import type { Loaded } from '../registers.ts';
import { dplOf, Right } from './right.ts';

/** Types of what is no code or data: SDM Vol. 3A, table 3-2. */
export const Kind = {
  tss16: 1,
  ldt: 2,
  busyTss16: 3,
  callGate16: 4,
  taskGate: 5,
  interruptGate16: 6,
  trapGate16: 7,
  tss: 9,
  busyTss: 11,
  callGate: 12,
  interruptGate: 14,
  trapGate: 15,
} as const;

/** One of a table, of 8 bytes; those of systems have 16 in long mode. */
export class Descriptor {
  /** What named it, with the privilege it was asked for. */
  readonly selector: number;
  /** Linear address. */
  readonly at: bigint;
  readonly rights: number;
  readonly #low: bigint;
  readonly #high: bigint;

  constructor(selector: number, at: bigint, low: bigint, high = 0n) {
    this.selector = selector;
    this.at = at;
    this.#low = low;
    this.#high = high;
    this.rights = Number((low >> 40n) & 0xf0ffn);
  }

  /** As LAR tells them: bits 40 to 47 and 52 to 55, and the limit's between them, which the manual leaves open. */
  get accessRights(): number {
    return Number((this.#low >> 32n) & 0xff_ff00n);
  }

  get dpl(): number {
    return dplOf(this.rights);
  }

  get isPresent(): boolean {
    return (this.rights & Right.present) !== 0;
  }

  get isProgram(): boolean {
    return (this.rights & Right.program) !== 0;
  }

  /** One of `Kind`; undefined of code and data. */
  get kind(): number | undefined {
    return this.isProgram ? undefined : this.rights & 0xf;
  }

  get base(): bigint {
    const low = ((this.#low >> 16n) & 0xff_ffffn) | ((this.#low >> 32n) & 0xff00_0000n);
    return low | ((this.#high & 0xffff_ffffn) << 32n);
  }

  /** In bytes. */
  get limit(): number {
    const limit = Number((this.#low & 0xffffn) | ((this.#low >> 32n) & 0xf_0000n));
    return (this.rights & Right.granular) === 0 ? limit : ((limit << 12) | 0xfff) >>> 0;
  }

  /** Whether the bits are clear that a long descriptor's second half has where a short one has its type. */
  get isWellFormed(): boolean {
    return (this.#high & 0x1f00_0000_0000n) === 0n;
  }

  /** As it is loaded, with a selector of this privilege. */
  loaded(rpl = this.selector & 3): Loaded {
    const { base, limit, rights } = this;
    return { selector: (this.selector & ~3) | rpl, base, limit, rights: rights | (this.isProgram ? Right.accessed : 0) };
  }

  // Of a gate.

  get target(): number {
    return Number((this.#low >> 16n) & 0xffffn);
  }

  /** Gates of 16 bits have no more; task gates have none. */
  get offset(): bigint {
    const isWide = ((this.kind ?? 0) & 8) !== 0;
    const low = this.#low & 0xffffn;
    return isWide ? low | ((this.#low >> 32n) & 0xffff_0000n) | ((this.#high & 0xffff_ffffn) << 32n) : low;
  }

  /** Of a call gate: words or doublewords that are copied. */
  get parameters(): number {
    return Number((this.#low >> 32n) & 0x1fn);
  }

  /** Of an interrupt or trap gate in long mode: which stack of the TSS, 0 of none. */
  get stackTable(): number {
    return Number((this.#low >> 32n) & 7n);
  }
}

/** What a null selector leaves. */
export const nothing = (selector: number): Loaded => ({ selector, base: 0n, limit: 0, rights: 0 });
export const isNull = (selector: number): boolean => (selector & 0xfffc) === 0;
