/** Physical pages of linear ones, for fetching, by the supervisor and by users. */

/** A guest may run code at any number of addresses. */
const most = 16_384;

export interface Fetched {
  /** Physical. */
  readonly page: number;
  /** A change of CR3 doesn't forget it. */
  readonly isGlobal: boolean;
}

export class FetchedPages {
  readonly #pages = { user: new Pages(), supervisor: new Pages() };

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
    this.flushLocal();
    for (const pages of Object.values(this.#pages)) pages.global.clear();
  }

  flushLocal(): void {
    for (const pages of Object.values(this.#pages)) pages.local.clear();
  }

  #of(isUser: boolean): Pages {
    return isUser ? this.#pages.user : this.#pages.supervisor;
  }
}

/** A number that is exact: there are 2⁵² pages. */
const pageOf = (linear: bigint): number => Number(linear >> 12n);

class Pages {
  readonly local = new Map<number, Fetched>();
  readonly global = new Map<number, Fetched>();

  get isFull(): boolean {
    return this.local.size + this.global.size >= most;
  }

  find(linearPage: number): Fetched | undefined {
    return this.local.get(linearPage) ?? this.global.get(linearPage);
  }

  note(linearPage: number, fetched: Fetched): void {
    (fetched.isGlobal ? this.global : this.local).set(linearPage, fetched);
  }

  forget(linearPage: number): boolean {
    const [a, b] = [this.local.delete(linearPage), this.global.delete(linearPage)];
    return a || b;
  }
}
