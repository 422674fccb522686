/** Physical pages of linear ones, for fetching, by the supervisor and by users. Handlers find the last of them in linear memory. */
import { Fetches, highOf, Layout, lowOf, programBits, State, Tlb } from '../../isa/index.ts';
import { listIn, Noted } from './noted.ts';

/** A guest may run code at any number of addresses. */
const most = 16_384;

export interface Fetched {
  /** Physical. */
  readonly page: number;
  /** A change of CR3 doesn't forget it. */
  readonly isGlobal: boolean;
}

export class FetchedPages {
  readonly #view: DataView;
  /** As handlers have it: State.forgotten. */
  #forgotten = 0;
  readonly #pages: { readonly user: Pages; readonly supervisor: Pages };
  /** Pages of programs' half of addresses that were fetched from since those that aren't global were forgotten, by their cut numbers. */
  readonly #marks: Uint8Array;

  constructor(view: DataView) {
    this.#view = view;
    this.#marks = new Uint8Array(view.buffer, view.byteOffset + Layout.fetchedMarks, Fetches.marks / 8);
    this.#pages = { supervisor: new Pages(view, 0), user: new Pages(view, 1) };
  }

  find(linear: bigint, isUser: boolean): Fetched | undefined {
    return this.#of(isUser).find(linear);
  }

  note(linear: bigint, page: number, isUser: boolean, isGlobal: boolean): void {
    const linearPage = pageOf(linear);
    this.#of(isUser).note(linearPage, { page, isGlobal });
    if (linearPage >= 2 ** (programBits - Tlb.pageBits)) return;
    const number = linearPage % Fetches.marks;
    this.#marks[number >> 3] = (this.#marks[number >> 3] ?? 0) | (1 << (number & 7));
    if (isGlobal) this.#view.setUint32(State.lasting, 1, true);
  }

  get isFull(): boolean {
    this.#heed();
    return this.#pages.user.isFull || this.#pages.supervisor.isFull;
  }

  /** Whether anybody had it, or may have. */
  forget(linear: bigint): boolean {
    this.#heed();
    const { user, supervisor } = this.#pages;
    const page = pageOf(linear);
    const [a, b] = [user.forget(page), supervisor.forget(page)];
    const number = page % Fetches.marks;
    return a || b || ((this.#marks[number >> 3] ?? 0) & (1 << (number & 7))) !== 0;
  }

  flush(): void {
    this.#marks.fill(0);
    for (const pages of Object.values(this.#pages)) pages.forgetAll();
  }

  flushLocal(): void {
    this.#marks.fill(0);
    for (const pages of Object.values(this.#pages)) pages.forgetLocal();
  }

  /** What handlers have forgotten is forgotten here, too. */
  #heed(): void {
    const forgotten = this.#view.getUint32(State.forgotten, true);
    if (forgotten === this.#forgotten) return;
    this.#forgotten = forgotten;
    for (const pages of Object.values(this.#pages)) pages.forgetLocal();
  }

  #of(isUser: boolean): Pages {
    this.#heed();
    return isUser ? this.#pages.user : this.#pages.supervisor;
  }
}

/** A number that is exact: there are 2⁵² pages. */
const pageOf = (linear: bigint): number => Number(linear >> 12n);

class Pages {
  readonly #local = new Map<number, Fetched>();
  readonly #global = new Map<number, Fetched>();
  readonly #view: DataView;
  readonly #noted: Noted;

  /** `which`: 0 of the supervisor's, 1 of users'. */
  constructor(view: DataView, which: 0 | 1) {
    this.#view = view;
    const { entries, entryBytes, flags, userOffset } = Fetches;
    const list = (second: 0 | 1) => listIn(view, Layout.fetchedLists, Layout.fetchedCounts, 2 * which + second, entries);
    const lists = { local: list(0), global: list(1) };
    this.#noted = new Noted(view, { table: Layout.fetched + userOffset * which, entryBytes, flags, ...lists }, (_entry, place) =>
      view.setUint32(place, 0, true),
    );
  }

  get isFull(): boolean {
    return this.#local.size + this.#global.size >= most;
  }

  /** Handlers find it the next time. */
  find(linear: bigint): Fetched | undefined {
    const shown = this.#shown(lowOf(linear), highOf(linear));
    if (shown !== undefined) return shown;
    const linearPage = pageOf(linear);
    const found = this.#local.get(linearPage) ?? this.#global.get(linearPage);
    if (found !== undefined) this.#show(linearPage, found);
    return found;
  }

  /** What handlers find, too, or fetched from by themselves. */
  #shown(low: number, high: number): Fetched | undefined {
    const place = this.#noted.placeOf((low >>> Tlb.pageBits) & (Fetches.entries - 1));
    const isThere = this.#view.getInt32(place, true) === ((low & ~0xfff) | Fetches.valid) && this.#view.getInt32(place + 4, true) === high;
    if (!isThere) return undefined;
    const isGlobal = (this.#view.getUint8(place + Fetches.flags) & Tlb.Flag.isGlobal) !== 0;
    return { page: this.#view.getUint32(place + Fetches.page, true), isGlobal };
  }

  note(linearPage: number, fetched: Fetched): void {
    (fetched.isGlobal ? this.#global : this.#local).set(linearPage, fetched);
    this.#show(linearPage, fetched);
  }

  #show(linearPage: number, { page, isGlobal }: Fetched): void {
    const place = this.#noted.note(linearPage % Fetches.entries, isGlobal);
    const [low, high] = halvesOf(linearPage);
    this.#view.setUint32(place, low, true);
    this.#view.setUint32(place + 4, high, true);
    this.#view.setUint32(place + Fetches.page, page, true);
  }

  forget(linearPage: number): boolean {
    const [a, b] = [this.#local.delete(linearPage), this.#global.delete(linearPage)];
    this.#noted.clear(linearPage % Fetches.entries);
    return a || b;
  }

  forgetLocal(): void {
    this.#local.clear();
    this.#noted.forgetLocal();
  }

  forgetAll(): void {
    this.#local.clear();
    this.#global.clear();
    this.#noted.forget();
  }
}

/** Of what an entry has for a page. */
const halvesOf = (linearPage: number): readonly [low: number, high: number] => [
  ((linearPage * 4096) % 2 ** 32) + Fetches.valid,
  Math.floor(linearPage / 2 ** 20),
];
