/** HVM_PARAM_CALLBACK_IRQ: how a guest hears of events whose processor has no vector of its own for them: xen/include/public/hvm/params.h. */
import { type Line, loose } from '../../../machine/index.ts';

/** An interrupt by its number, or a pin of a PCI device: INTA# is 0. */
export type CallbackPlace = { readonly gsi: number } | { readonly device: number; readonly pin: number };

/** What is in the highest byte. */
const Kind = { gsi: 0, pin: 1, vector: 2 } as const;
const firstVector = 16;

const kindOf = (callback: bigint): number => Number(callback >> 56n);

/** By which the processor is interrupted without its local APIC; undefined: by none. */
export const vectorOf = (callback: bigint): number | undefined => {
  const vector = Number(callback & 0xffn);
  return kindOf(callback) === Kind.vector && vector >= firstVector ? vector : undefined;
};

/** Undefined: it is no line. */
export const placeOf = (callback: bigint): CallbackPlace | undefined => {
  const low = Number(callback & 0xffff_ffffn);
  if (kindOf(callback) === Kind.gsi) return callback !== 0n && callback === BigInt(low) ? { gsi: low } : undefined;
  // On the first bus of the first domain.
  return callback >> 16n === BigInt(Kind.pin) << 40n ? { device: (low >> 11) & 0x1f, pin: low & 3 } : undefined;
};

export interface CallbackWires {
  /** A wire of its own that leads there; undefined: there is none. */
  readonly lineOf: (place: CallbackPlace) => Line | undefined;
  readonly callback: () => bigint;
  /** Whether there are events that the guest hasn't looked at, and hears of so. */
  readonly isAsking: () => boolean;
}

export class CallbackLine {
  readonly #wires: CallbackWires;
  #callback = 0n;
  #line: Line = loose;

  constructor(wires: CallbackWires) {
    this.#wires = wires;
  }

  /** High as long as it asks: where the guest is through with an interrupt, has called, or chosen another one. */
  settle(): void {
    const { callback, lineOf, isAsking } = this.#wires;
    if (callback() !== this.#callback) {
      this.#line.set(false);
      this.#callback = callback();
      const place = placeOf(this.#callback);
      this.#line = (place && lineOf(place)) ?? loose;
    }
    this.#line.set(isAsking());
  }

  /** There are events that weren't there: what it was raised by before the guest has looked at. */
  raise(): void {
    this.#line.set(false);
    this.settle();
  }
}
