/** Who touches memory, and what of it there is for him: privilege, EFLAGS.AC, and how long addresses are. */
import { Eflags, highOf, lowOf, State } from '../../isa/index.ts';
import { Cr0, Cr4 } from '../control/bits.ts';
import type { Registers } from '../registers.ts';
import type { Viewer } from './tlb.ts';

const pageBytes = 4096;
/** Sizes of what has an alignment: of others, parts have. */
const alignable: readonly number[] = [2, 4, 8, 16];

/** For whom memory is touched: the program at its privilege, one at another privilege, or the processor for itself (SDM Vol. 3A, 5.6.1). */
export type Whose = 'program' | 'user' | 'supervisor' | 'system';

export class Viewing {
  readonly #state: DataView;
  readonly #registers: Registers;

  constructor(state: DataView, registers: Registers) {
    this.#state = state;
    this.#registers = registers;
  }

  get isUser(): boolean {
    return this.#state.getUint8(State.cpl) === 3;
  }

  /** EFLAGS.AC. */
  get isChecked(): boolean {
    return (this.#state.getUint32(State.flags, true) & Eflags.ac) !== 0;
  }

  /** Of the program. */
  get viewer(): Viewer {
    const { isUser } = this;
    if (!this.isChecked) return isUser ? 'user' : 'supervisor';
    if (isUser) return (this.#state.getUint32(State.cr0, true) & Cr0.am) !== 0 ? 'aligned' : 'user';
    return this.#hasSmap ? 'lifted' : 'supervisor';
  }

  viewerFor(whose: Whose): Viewer {
    if (whose === 'program') return this.viewer;
    if (whose === 'user') return 'user';
    return whose === 'supervisor' && this.isChecked && this.#hasSmap ? 'lifted' : 'supervisor';
  }

  /** Where users have it checked: SDM Vol. 3A, 7.15, table 7-7. Vectors are at multiples of their size, as AMD's processors have it. */
  isAligned(linear: bigint, bytes: number): boolean {
    const alignment = alignable.includes(bytes) ? BigInt(bytes) : 1n;
    return (linear & (alignment - 1n)) === 0n || this.viewer !== 'aligned';
  }

  /** Canonical in 64-bit mode, below 4 GiB else: SDM Vol. 1, 3.3.7.1. */
  isAddress(linear: bigint, bytes: number): boolean {
    if (!this.#registers.is64) return highOf(linear) === 0 && (lowOf(linear) >>> 0) + bytes <= 2 ** 32;
    if (!this.#registers.isCanonical(linear)) return false;
    // The last address is followed by the first, and both are canonical; within a page all are alike.
    return (lowOf(linear) & 0xfff) + bytes <= pageBytes || this.#registers.isCanonical(BigInt.asUintN(64, linear + BigInt(bytes - 1)));
  }

  get #hasSmap(): boolean {
    return (this.#state.getUint32(State.cr4, true) & Cr4.smap) !== 0;
  }
}
