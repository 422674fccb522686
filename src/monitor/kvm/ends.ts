/** Ends of interrupts by a word in the guest's memory: Linux, Documentation/virt/kvm/x86/msr.rst, MSR_KVM_PV_EOI_EN. */
import type { Gpa, Memory, QuietEnds } from '../../machine/index.ts';
import { placeOf } from './place.ts';

/** The register's value, and whether an interrupt was lent. */
export interface Lending {
  readonly ends: bigint;
  isLent: boolean;
}

/** Of the register: that it is used, and what is no part of an address. Of the word: that no EOI is needed; the guest clears it. */
const isOn = 1n;
const isOdd = 2n;
const isQuiet = 1;

/** Whether the register may have this value: its word is at a multiple of four, where memory can be. */
export const isEnding = (value: bigint): boolean => (value & isOdd) === 0n && placeOf(value) !== undefined;

export class Ends implements QuietEnds {
  readonly #memory: Memory;
  readonly #state: () => Lending;
  readonly #word = new Uint8Array(1);
  /** How many were told so. */
  count = 0;

  constructor(memory: Memory, state: () => Lending) {
    this.#memory = memory;
    this.#state = state;
  }

  lend(): void {
    const at = this.#at;
    if (at === undefined) return;
    this.#set(at, isQuiet);
    this.#state().isLent = true;
  }

  taken(): boolean {
    const state = this.#state();
    const at = state.isLent ? this.#at : undefined;
    if (at === undefined || (this.#first(at) & isQuiet) !== 0) return false;
    state.isLent = false;
    this.count++;
    return true;
  }

  recall(): void {
    const state = this.#state();
    const at = state.isLent ? this.#at : undefined;
    state.isLent = false;
    if (at !== undefined) this.#set(at, 0);
  }

  /** Where the word is; undefined where it isn't used. */
  get #at(): Gpa | undefined {
    const { ends } = this.#state();
    return (ends & isOn) === 0n ? undefined : placeOf(ends & ~(isOn | isOdd));
  }

  /** As one byte of the word, whose other bits are the guest's own. */
  #set(at: Gpa, bit: number): void {
    this.#word[0] = (this.#first(at) & ~isQuiet) | bit;
    this.#memory.write(at, this.#word);
  }

  #first(at: Gpa): number {
    this.#memory.read(at, this.#word);
    return this.#word[0] ?? 0;
  }
}
