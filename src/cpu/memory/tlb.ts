/** What page walks found, for the interpreter's fast path: direct-mapped, one table for each of reading and writing, for each of those who see different pages. */
import { highOf, invalidPage, Layout, lowOf, programBits, State, Tlb } from '../../isa/index.ts';
import { LargePages } from './large-pages.ts';
import { type EntryList, listIn, Noted } from './noted.ts';

const pageBytes = 4096;

/** Users; the supervisor, who may have lifted SMAP: SDM Vol. 3A, 5.6. Users whose alignment is checked have an eye on each access: for them nothing is noted. */
export type Viewer = 'supervisor' | 'user' | 'lifted' | 'aligned';

const offsets = { supervisor: 0, user: Tlb.userOffset, lifted: Tlb.liftedOffset, aligned: Tlb.alignedOffset } as const satisfies Record<
  Viewer,
  number
>;

/** What of a translation outlives what: SDM Vol. 3A, 5.10.2. */
export interface Kept {
  /** A change of CR3 doesn't forget it. */
  readonly isGlobal: boolean;
  /** Low bits of an address that its page takes. */
  readonly pageBits: number;
}

export class TranslationCache {
  readonly #view: DataView;
  readonly #tables: readonly Entries[];
  readonly #large = new LargePages();

  constructor(view: DataView) {
    this.#view = view;
    this.#tables = tables.map((table, number) => new Entries(view, table, number));
  }

  /** Whether it remembers so many large pages that it has to forget them. */
  get isFull(): boolean {
    return this.#large.isFull;
  }

  /** Notes that the page of an address is at a place in linear memory. */
  note(linear: bigint, place: number, access: 'read' | 'write', viewer: Viewer, kept: Kept): void {
    if (viewer === 'aligned') return;
    this.#tableOf(viewer, access)?.note(lowOf(linear), highOf(linear) >>> 0, place, kept);
  }

  /** Place in linear memory of bytes that a viewer may touch; 0 where it isn't noted, or they aren't in one page. */
  find(linear: bigint, bytes: number, access: 'read' | 'write', viewer: Viewer): number {
    const low = lowOf(linear);
    if ((low & 0xfff) + bytes > pageBytes) return 0;
    return this.#tableOf(viewer, access)?.find(low, highOf(linear) >>> 0) ?? 0;
  }

  /** Notes a page that is for fetching alone. */
  meet(linear: bigint, pageBits: number): void {
    if (pageBits !== Tlb.pageBits && isProgramsHalf(highOf(linear) >>> 0)) this.#view.setUint32(State.lasting, 1, true);
    this.#large.note(linear, pageBits);
  }

  /** Whether a page of more than 4 KiB that this address is in was met for fetching, by any of its pieces. */
  hasLarge(linear: bigint): boolean {
    return this.#large.has(linear);
  }

  /** Forgets the page of an address: INVLPG. */
  forget(linear: bigint): void {
    for (const table of this.#tables) table.forget(linear);
  }

  /** Forgets all of them. */
  flush(): void {
    this.#view.setUint32(State.lasting, 0, true);
    for (const table of this.#tables) table.empty();
    this.#large.forget();
  }

  /** Forgets what isn't global. */
  flushLocal(): void {
    for (const table of this.#tables) table.keepGlobal();
  }

  /** Writing to a page, by its place in linear memory, takes the slow path from now on. */
  forbidWriting(place: number): void {
    for (const viewer of viewers) this.#tableOf(viewer, 'write')?.forgetPlace(place);
  }

  /** Which tables count from now on. */
  choose(viewer: Viewer): void {
    this.#view.setUint32(State.tlb, offsets[viewer], true);
  }

  #tableOf(viewer: Viewer, access: 'read' | 'write'): Entries | undefined {
    return this.#tables[places[viewer] + (access === 'read' ? 0 : 1)];
  }
}

const viewers = Object.keys(offsets) as Viewer[]; // They are its keys.
const places = { supervisor: 0, user: 2, lifted: 4, aligned: 6 } as const satisfies Record<Viewer, number>;
const tables = Object.values(offsets).flatMap((offset) => [Layout.readable + offset, Layout.writable + offset]);

/** One table. Handlers note in it, too. */
class Entries {
  readonly #view: DataView;
  readonly #noted: Noted;

  /** `number`: in the order in which they lie one behind the other. */
  constructor(view: DataView, table: number, number: number) {
    this.#view = view;
    const { entries, entryBytes, Entry } = Tlb;
    const [local, global] = [0, 1].map((which) => listIn(view, Layout.lists, Layout.counts, 2 * number + which, entries)) as [
      EntryList,
      EntryList,
    ]; // Two.
    const lists = { local, global };
    this.#noted = new Noted(view, { table, entryBytes, flags: Entry.flags, ...lists }, (index, place) => {
      // By halves: a number of 64 bits takes far longer.
      view.setUint32(place, invalidPage(index), true);
      view.setUint32(place + 4, 0, true);
    });
    // Others are of zeros at first, and so have none.
    this.#noted.clear(0);
  }

  /** Halves of an address in the page; `base`: what has to be added to the place in a page. */
  note(low: number, high: number, base: number, { isGlobal, pageBits }: Kept): void {
    const entry = this.#noted.note(indexOf(low), isGlobal);
    this.#view.setUint32(entry, low & ~0xfff, true);
    this.#view.setUint32(entry + 4, high, true);
    this.#view.setUint32(entry + Tlb.Entry.place, base, true);
    this.#view.setUint8(entry + Tlb.Entry.pageBits, pageBits);
    if (pageBits !== Tlb.pageBits && isProgramsHalf(high)) this.#view.setUint32(State.lasting, 1, true);
  }

  /** Place in linear memory of an address, by its halves; 0 where it isn't known. */
  find(low: number, high: number): number {
    const entry = this.#noted.placeOf(indexOf(low));
    const isThere = this.#view.getUint32(entry, true) === (low & ~0xfff) >>> 0 && this.#view.getUint32(entry + 4, true) === high;
    return isThere ? this.#view.getUint32(entry + Tlb.Entry.place, true) + (low & 0xfff) : 0;
  }

  /** Forgets whatever page an address is in, with all its pieces. What stays noted is forgotten once more, which does no harm. */
  forget(linear: bigint): void {
    const low = lowOf(linear);
    const high = highOf(linear) >>> 0;
    if (this.find(low, high) !== 0) this.#noted.clear(indexOf(low));
    const view = this.#view;
    this.#noted.each((index, entry) => {
      const pageBits = view.getUint8(entry + Tlb.Entry.pageBits);
      if (pageBits === Tlb.pageBits || view.getUint32(entry + 4, true) !== high) return;
      if ((view.getUint32(entry, true) ^ low) >>> pageBits === 0) this.#noted.clear(index);
    });
  }

  /** Whatever leads to a page at this place. */
  forgetPlace(place: number): void {
    this.#noted.each((index, entry) => {
      if (this.#view.getUint32(entry + Tlb.Entry.place, true) === place) this.#noted.clear(index);
    });
  }

  empty(): void {
    this.#noted.forget();
  }

  keepGlobal(): void {
    this.#noted.forgetLocal();
  }
}

const indexOf = (low: number): number => (low >>> Tlb.pageBits) & (Tlb.entries - 1);

/** Of the upper half of an address. */
const isProgramsHalf = (high: number): boolean => high < 2 ** (programBits - 32);
