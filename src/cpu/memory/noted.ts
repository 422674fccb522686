/** Which entries of a table in linear memory have something: emptying it takes as long as there are some, and what isn't global goes by itself. */
import { Tlb } from '../../isa/index.ts';

const { Flag } = Tlb;

/** Numbers of entries; `count` has how many there are. */
export interface EntryList {
  readonly entries: Uint16Array;
  readonly count: Uint32Array;
}

export interface NotedTable {
  /** Of its first entry, in the view; of the flags in one. */
  readonly table: number;
  readonly entryBytes: number;
  readonly flags: number;
  readonly local: EntryList;
  readonly global: EntryList;
}

/** One of several lists of tables with so many entries, which lie one behind the other; so do their counts. */
export const listIn = (view: DataView, lists: number, counts: number, which: number, entries: number): EntryList => ({
  entries: new Uint16Array(view.buffer, view.byteOffset + lists + 2 * entries * which, entries),
  count: new Uint32Array(view.buffer, view.byteOffset + counts + 4 * which, 1),
});

export class Noted {
  readonly #view: DataView;
  readonly #parts: NotedTable;
  readonly #clear: (entry: number, place: number) => void;

  /** `clear` has an entry hold nothing. */
  constructor(view: DataView, parts: NotedTable, clear: (entry: number, place: number) => void) {
    this.#view = view;
    this.#parts = parts;
    this.#clear = clear;
  }

  placeOf(entry: number): number {
    return this.#parts.table + this.#parts.entryBytes * entry;
  }

  /** One has nothing any more; it stays in its lists. */
  clear(entry: number): void {
    this.#clear(entry, this.placeOf(entry));
  }

  /** Something is put there; returns where that is. */
  note(entry: number, isGlobal: boolean): number {
    const { flags, local, global } = this.#parts;
    const place = this.placeOf(entry);
    const before = this.#view.getUint8(place + flags);
    const mark = isGlobal ? Flag.inGlobal : Flag.inLocal;
    if ((before & mark) === 0) push(isGlobal ? global : local, entry);
    this.#view.setUint8(place + flags, (before & ~Flag.isGlobal) | mark | (isGlobal ? Flag.isGlobal : 0));
    return place;
  }

  /** All. */
  forget(): void {
    this.forgetLocal();
    const { flags, global } = this.#parts;
    const { entries } = global;
    const all = taken(global);
    for (let at = 0; at < all; at++) {
      const entry = entries[at] ?? 0;
      const place = this.placeOf(entry);
      this.#clear(entry, place);
      this.#view.setUint8(place + flags, 0);
    }
  }

  /** What isn't global. */
  forgetLocal(): void {
    const { flags, local } = this.#parts;
    const { entries } = local;
    const all = taken(local);
    for (let at = 0; at < all; at++) {
      const entry = entries[at] ?? 0;
      const place = this.placeOf(entry);
      const now = this.#view.getUint8(place + flags);
      if ((now & Flag.isGlobal) === 0) this.#clear(entry, place);
      this.#view.setUint8(place + flags, now & ~Flag.inLocal);
    }
  }

  /** Those that may have something, by their numbers and where they are. */
  each(work: (entry: number, place: number) => void): void {
    const { local, global } = this.#parts;
    for (const { entries, count } of [local, global]) {
      const [all = 0] = count;
      for (let at = 0; at < all; at++) {
        const entry = entries[at] ?? 0;
        work(entry, this.placeOf(entry));
      }
    }
  }
}

const push = ({ entries, count }: EntryList, entry: number): void => {
  const [before = 0] = count;
  entries[before] = entry;
  count[0] = before + 1;
};

/** How many there are, of which none is left. Taking a part of the array takes longer than most have entries. */
const taken = ({ count }: EntryList): number => {
  const [all = 0] = count;
  count[0] = 0;
  return all;
};
