/** A hypercall as its handler sees it: arguments, and the structures they point at, in the guest's own width. */
import type { Caller } from '../../../machine/index.ts';

/** Registers of arguments, by their numbers in instructions: xen/include/public/arch-x86/xen-x86_64.h and xen-x86_32.h. */
const registers = { long: [7, 6, 2, 10, 8], short: [3, 1, 2, 6, 7] } as const;

/** What a hypercall returns: 0 or more, or an error negated. */
export type Answer = number | bigint;
export type Handler = (frame: Frame) => Answer;

export class Frame {
  /** Whether it comes of code of 64 bits: then pointers and longs have eight bytes, else four. */
  readonly isLong: boolean;
  readonly #caller: Caller;
  readonly #given: readonly bigint[] | undefined;

  /** `given`: its arguments, where they are in no registers. */
  constructor(caller: Caller, given?: readonly bigint[]) {
    this.#caller = caller;
    this.#given = given;
    this.isLong = caller.width === 64;
  }

  /** By its place, from 0 to 4. */
  argument(place: number): bigint {
    const value =
      this.#given === undefined ? this.#caller.register(registers[this.isLong ? 'long' : 'short'][place] ?? 0) : (this.#given[place] ?? 0n);
    return this.isLong ? value : BigInt.asUintN(32, value);
  }

  /** Another call of the same caller's, with these arguments. */
  within(given: readonly bigint[]): Frame {
    return new Frame(this.#caller, given);
  }

  /** Of 32 bits. */
  number(place: number): number {
    return Number(BigInt.asUintN(32, this.argument(place)));
  }

  /** A copy of so many bytes of the guest's; undefined where they can't be read. */
  view(at: bigint, bytes: number): DataView | undefined {
    const copy = new Uint8Array(bytes);
    return this.#caller.read(at, copy) ? new DataView(copy.buffer) : undefined;
  }

  /** False where they can't be written. */
  put(at: bigint, bytes: Uint8Array | DataView): boolean {
    return this.#caller.write(at, bytes instanceof DataView ? new Uint8Array(bytes.buffer) : bytes);
  }

  /** A long of a structure. */
  long(view: DataView, at: number): bigint {
    return this.isLong ? view.getBigUint64(at, true) : BigInt(view.getUint32(at, true));
  }

  setLong(view: DataView, at: number, value: bigint): void {
    if (this.isLong) view.setBigUint64(at, value, true);
    else view.setUint32(at, Number(BigInt.asUintN(32, value)), true);
  }

  /** It goes on once something has interrupted it. */
  halt(): void {
    this.#caller.halt();
  }
}
