/** Physical pages of linear ones, for fetching, by the supervisor and by users. Handlers find the last of them in linear memory. */
import { Fetches, Layout } from '../../isa/index.ts';
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
  readonly #pages: { readonly user: Pages; readonly supervisor: Pages };

  constructor(view: DataView) {
    this.#pages = { supervisor: new Pages(view, 0), user: new Pages(view, 1) };
  }

  find(linear: bigint, isUser: boolean): Fetched | undefined {
    return this.#of(isUser).find(pageOf(linear));
  }

  note(linear: bigint, page: number, isUser: boolean, isGlobal: boolean): void {
    this.#of(isUser).note(pageOf(linear), { page, isGlobal });
  }

  get isFull(): boolean {
    return this.#pages.user.isFull || this.#pages.supervisor.isFull;
  }

  /** Whether anybody had it. */
  forget(linear: bigint): boolean {
    const { user, supervisor } = this.#pages;
    const [a, b] = [user.forget(pageOf(linear)), supervisor.forget(pageOf(linear))];
    return a || b;
  }

  flush(): void {
    for (const pages of Object.values(this.#pages)) pages.forgetAll();
  }

  flushLocal(): void {
    for (const pages of Object.values(this.#pages)) pages.forgetLocal();
  }

  #of(isUser: boolean): Pages {
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
  find(linearPage: number): Fetched | undefined {
    const found = this.#local.get(linearPage) ?? this.#global.get(linearPage);
    if (found !== undefined) this.#show(linearPage, found);
    return found;
  }

  note(linearPage: number, fetched: Fetched): void {
    (fetched.isGlobal ? this.#global : this.#local).set(linearPage, fetched);
    this.#show(linearPage, fetched);
  }

  #show(linearPage: number, { page, isGlobal }: Fetched): void {
    const place = this.#noted.note(linearPage % Fetches.entries, isGlobal);
    this.#view.setUint32(place, ((linearPage * 4096) % 2 ** 32) + Fetches.valid, true);
    this.#view.setUint32(place + 4, Math.floor(linearPage / 2 ** 20), true);
    this.#view.setUint32(place + Fetches.page, page, true);
  }

  forget(linearPage: number): boolean {
    const [a, b] = [this.#local.delete(linearPage), this.#global.delete(linearPage)];
    if (a || b) this.#noted.clear(linearPage % Fetches.entries);
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
