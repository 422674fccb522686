/** Where jumps that may lead anywhere find the block they lead to: isa's memory.ts has the layout. Only for the circumstances it was noted in. */
import { Jumps, Layout } from '../../isa/index.ts';

export class JumpCache {
  readonly #view: DataView;
  /** Entries that aren't empty. */
  #noted: number[] = [];

  constructor(view: DataView) {
    this.#view = view;
    for (let entry = 0; entry < Jumps.entries; entry++) this.#forget(entry);
  }

  note(rip: bigint, record: number): void {
    const entry = Number(BigInt.asUintN(32, rip ^ (rip >> 12n))) & (Jumps.entries - 1);
    if (this.#view.getBigUint64(placeOf(entry), true) === nowhere(entry)) this.#noted.push(entry);
    this.#view.setBigUint64(placeOf(entry), rip, true);
    this.#view.setUint32(placeOf(entry) + 8, record, true);
  }

  forget(): void {
    for (const entry of this.#noted) this.#forget(entry);
    this.#noted = [];
  }

  #forget(entry: number): void {
    this.#view.setBigUint64(placeOf(entry), nowhere(entry), true);
  }
}

/** An address that has another entry. */
const nowhere = (entry: number): bigint => BigInt(entry ^ 1);

const placeOf = (entry: number): number => Layout.jumps + Jumps.entryBytes * entry;
