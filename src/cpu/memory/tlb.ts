/** What page walks found, for the interpreter's fast path: direct-mapped, one table for each of reading and writing, for each of those who see different pages. */
import { invalidPage, Layout, State, Tlb } from '../../isa/index.ts';
import { LargePages } from './large-pages.ts';

const pageMask = ~0xfffn;

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
    this.#tables = tables.map((table) => new Entries(view, table));
  }

  /** Whether it remembers so many large pages that it has to forget them. */
  get isFull(): boolean {
    return this.#large.isFull;
  }

  /** Notes that a page is at a place in linear memory. */
  note(linear: bigint, place: number, access: 'read' | 'write', viewer: Viewer, kept: Kept): void {
    if (viewer === 'aligned') return;
    this.#large.note(linear, kept.pageBits);
    const low = Number(BigInt.asUintN(32, linear));
    this.#tableOf(viewer, access)?.note(low, Number(linear >> 32n), place - (low & 0xfff), kept.isGlobal);
  }

  /** Notes a page that is for fetching alone. */
  meet(linear: bigint, pageBits: number): void {
    this.#large.note(linear, pageBits);
  }

  /** Whether a page of more than 4 KiB that this address is in may be noted, by any of its pieces. */
  hasLarge(linear: bigint): boolean {
    return this.#large.has(linear);
  }

  /** Forgets a page of 4 KiB: INVLPG. */
  forget(linear: bigint): void {
    for (const table of this.#tables) table.forget(linear);
  }

  /** Forgets all of them. */
  flush(): void {
    for (const table of this.#tables) table.empty();
    this.#large.forget();
  }

  /** Forgets what isn't global. */
  flushLocal(): void {
    for (const table of this.#tables) table.keepGlobal();
  }

  /** Writing takes the slow path from now on, wherever it goes. */
  forbidWriting(): void {
    for (const viewer of viewers) this.#tableOf(viewer, 'write')?.empty();
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

/** In the four bytes of an entry that handlers don't look at: whether it was noted since its table was empty, and is global. */
const Note = { local: 1, global: 2 } as const;

/** One table. It knows which entries were noted: emptying it takes as long as there are some. */
class Entries {
  readonly #view: DataView;
  readonly #table: number;
  #noted: number[] = [];

  constructor(view: DataView, table: number) {
    this.#view = view;
    this.#table = table;
    for (let index = 0; index < Tlb.entries; index++) this.#invalidate(index);
  }

  /** Halves of an address in the page; `base`: what has to be added to the place in a page. */
  note(low: number, high: number, base: number, isGlobal: boolean): void {
    const index = (low >>> Tlb.pageBits) & (Tlb.entries - 1);
    const entry = this.#placeOf(index);
    if (this.#view.getUint32(entry + 12, true) === 0) this.#noted.push(index);
    this.#view.setUint32(entry, low & ~0xfff, true);
    this.#view.setUint32(entry + 4, high, true);
    this.#view.setUint32(entry + 8, base, true);
    this.#view.setUint32(entry + 12, isGlobal ? Note.global : Note.local, true);
  }

  forget(linear: bigint): void {
    const index = indexOf(linear);
    const entry = this.#placeOf(index);
    // What stays noted as local is forgotten once more, which does no harm.
    if (this.#view.getBigUint64(entry, true) === (linear & pageMask)) this.#view.setBigUint64(entry, BigInt(invalidPage(index)), true);
  }

  empty(): void {
    for (const index of this.#noted) this.#invalidate(index);
    this.#noted = [];
  }

  keepGlobal(): void {
    this.#noted = this.#noted.filter((index) => {
      const isGlobal = this.#view.getUint32(this.#placeOf(index) + 12, true) === Note.global;
      if (!isGlobal) this.#invalidate(index);
      return isGlobal;
    });
  }

  #invalidate(index: number): void {
    const entry = this.#placeOf(index);
    // By halves: a number of 64 bits takes far longer.
    this.#view.setUint32(entry, invalidPage(index), true);
    this.#view.setUint32(entry + 4, 0, true);
    this.#view.setUint32(entry + 12, 0, true);
  }

  #placeOf(index: number): number {
    return this.#table + Tlb.entryBytes * index;
  }
}

const indexOf = (linear: bigint): number => Number((linear >> BigInt(Tlb.pageBits)) & BigInt(Tlb.entries - 1));
