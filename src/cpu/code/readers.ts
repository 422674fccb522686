/** Who runs code of one memory: several processors may. What one of them writes, all forget. */

export interface Reader {
  /** Whether code of a physical page is predecoded. */
  hasCode(page: number): boolean;
  /** Forgets code of a page that is written. */
  spoil(page: number): void;
  /** Writing takes the slow path from now on, wherever it goes. */
  forbidWriting(): void;
  /** Forgets what was found where: memory has moved. */
  flush(): void;
}

export class Readers {
  readonly #all: Reader[] = [];

  join(reader: Reader): void {
    this.#all.push(reader);
  }

  /** Before a page is written. */
  spoil(page: number): void {
    for (const reader of this.#all) if (reader.hasCode(page)) reader.spoil(page);
  }

  /** After memory has moved. */
  flush(): void {
    for (const reader of this.#all) reader.flush();
  }

  /** Before code of a page is predecoded: no write goes there unseen. */
  guard(page: number): void {
    if (this.#all.some((reader) => reader.hasCode(page))) return;
    for (const reader of this.#all) reader.forbidWriting();
  }
}
