/** Physical pages of linear ones, for fetching, by the supervisor and by users. */

/** A guest may run code at any number of addresses. */
const most = 16_384;

export class FetchedPages {
  readonly #pages = { user: new Pages(), supervisor: new Pages() };

  find(linear: bigint, isUser: boolean): number | undefined {
    return this.#of(isUser).find(linear >> 12n);
  }

  note(linear: bigint, page: number, isUser: boolean, isGlobal: boolean): void {
    this.#of(isUser).note(linear >> 12n, page, isGlobal);
  }

  get isFull(): boolean {
    return Object.values(this.#pages).some(({ local, global }) => local.size + global.size >= most);
  }

  /** Whether anybody had it. */
  forget(linear: bigint): boolean {
    const { user, supervisor } = this.#pages;
    const [a, b] = [user.forget(linear >> 12n), supervisor.forget(linear >> 12n)];
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

class Pages {
  readonly local = new Map<bigint, number>();
  readonly global = new Map<bigint, number>();

  find(linearPage: bigint): number | undefined {
    return this.local.get(linearPage) ?? this.global.get(linearPage);
  }

  note(linearPage: bigint, page: number, isGlobal: boolean): void {
    (isGlobal ? this.global : this.local).set(linearPage, page);
  }

  forget(linearPage: bigint): boolean {
    const [a, b] = [this.local.delete(linearPage), this.global.delete(linearPage)];
    return a || b;
  }
}
