/**
 * Where jumps that may lead anywhere find the block they lead to: isa's memory.ts has the layout. One cache for the supervisor and one for users, for each goes
 * on with what it knew when it comes back; each holds for the circumstances it was noted in.
 */
import { Jumps, Layout, State } from '../../isa/index.ts';

export class JumpCache {
  readonly #view: DataView;
  readonly #base: number;
  /** Entries that aren't empty. */
  #local: number[] = [];
  #global: number[] = [];

  constructor(view: DataView, whose: 'supervisor' | 'user') {
    this.#view = view;
    this.#base = whose === 'user' ? Jumps.userOffset : 0;
    for (let entry = 0; entry < Jumps.entries; entry++) this.#forget(entry);
  }

  /** It counts from now on. */
  choose(): void {
    this.#view.setUint32(State.jumps, this.#base, true);
  }

  /** `isGlobal`: page tables that change don't touch it. */
  note(rip: bigint, record: number, isGlobal: boolean): void {
    const low = Number(BigInt.asUintN(32, rip));
    const high = Number((rip >> 32n) & 0xffff_ffffn);
    const entry = (low ^ ((low >>> 12) | (high << 20))) & (Jumps.entries - 1);
    const place = this.#placeOf(entry);
    (isGlobal ? this.#global : this.#local).push(entry);
    this.#view.setUint32(place, low, true);
    this.#view.setUint32(place + 4, high, true);
    this.#view.setUint32(place + 8, record, true);
    this.#view.setUint32(place + 12, isGlobal ? 1 : 0, true);
    if (this.#local.length + this.#global.length > mostNoted) this.forget();
  }

  forget(): void {
    this.forgetLocal();
    for (const entry of this.#global) this.#forget(entry);
    this.#global = [];
  }

  /** What isn't global. */
  forgetLocal(): void {
    for (const entry of this.#local) if (this.#view.getUint32(this.#placeOf(entry) + 12, true) === 0) this.#forget(entry);
    this.#local = [];
  }

  #forget(entry: number): void {
    const place = this.#placeOf(entry);
    this.#view.setUint32(place, nowhere(entry), true);
    this.#view.setUint32(place + 4, 0, true);
    this.#view.setUint32(place + 12, 0, true);
  }

  #placeOf(entry: number): number {
    return Layout.jumps + this.#base + Jumps.entryBytes * entry;
  }
}

/** Two entries that take turns at one place are noted again and again. */
const mostNoted = 4 * Jumps.entries;

/** An address that has another entry. */
const nowhere = (entry: number): number => entry ^ 1;
