/**
 * Where jumps that may lead anywhere find the block they lead to: isa's memory.ts has the layout. One cache for the supervisor and one for users, for each goes
 * on with what it knew when it comes back; each entry holds for the circumstances it was noted in.
 */
import { highOf, Jumps, jumpEntryOf, Layout, lowOf, State } from '../../isa/index.ts';
import { listIn, Noted } from '../memory/noted.ts';

export class JumpCache {
  readonly #view: DataView;
  readonly #base: number;
  readonly #noted: Noted;

  constructor(view: DataView, whose: 'supervisor' | 'user') {
    this.#view = view;
    this.#base = whose === 'user' ? Jumps.userOffset : 0;
    const { entries, entryBytes, flags } = Jumps;
    const first = whose === 'user' ? 2 : 0;
    const lists = {
      local: listIn(view, Layout.jumpLists, Layout.jumpCounts, first, entries),
      global: listIn(view, Layout.jumpLists, Layout.jumpCounts, first + 1, entries),
    };
    this.#noted = new Noted(view, { table: Layout.jumps + this.#base, entryBytes, flags, ...lists }, (_entry, place) => {
      view.setUint32(place, 0, true);
      view.setUint32(place + 4, 0, true);
    });
  }

  /** It counts from now on. */
  choose(): void {
    this.#view.setUint32(State.jumps, this.#base, true);
  }

  /** In circumstances with this number, which isn't 0; `isGlobal`: page tables that change don't touch it. */
  note(rip: bigint, circumstance: number, record: number, isGlobal: boolean): void {
    const entry = jumpEntryOf(rip);
    const place = this.#noted.note(entry, isGlobal);
    this.#view.setInt32(place, lowOf(rip), true);
    this.#view.setInt32(place + 4, highOf(rip) ^ (circumstance << circumstanceShift), true);
    this.#view.setUint32(place + 8, record, true);
  }

  /** What is known there leads to another record. */
  move(rip: bigint, from: number, to: number): void {
    const place = Layout.jumps + this.#base + Jumps.entryBytes * jumpEntryOf(rip);
    if (this.#view.getUint32(place + 8, true) === from) this.#view.setUint32(place + 8, to, true);
  }

  forget(): void {
    this.#noted.forget();
  }

  /** What isn't global. */
  forgetLocal(): void {
    this.#noted.forgetLocal();
  }
}

/** Of the high half: addresses have bits 57 to 63 all alike. */
export const circumstanceShift = 26;
