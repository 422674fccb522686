/** Who runs code of one memory: several processors may. What one of them writes, all forget. */

const pageBytes = 4096;

export interface Reader {
  /** Whether code of a physical page is predecoded. */
  hasCode(page: number): boolean;
  /** Forgets code that is written: bytes of a page. */
  spoil(page: number, from: number, bytes: number): void;
  /** Writing to a physical page takes the slow path from now on. */
  forbidWriting(page: number): void;
  /** Forgets what was found where: memory has moved. */
  flush(): void;
}

export class Readers {
  readonly #all: Reader[] = [];

  join(reader: Reader): void {
    this.#all.push(reader);
  }

  /** Before bytes at a physical address are written, all in one page; or a whole page. */
  spoil(physical: number, bytes: number): void {
    const page = Math.floor(physical / pageBytes);
    for (const reader of this.#all) if (reader.hasCode(page)) reader.spoil(page, physical % pageBytes, bytes);
  }

  /** Whether code of a page is predecoded by anybody: no write goes there unseen. */
  hasCode(page: number): boolean {
    return this.#all.some((reader) => reader.hasCode(page));
  }

  /** After memory has moved. */
  flush(): void {
    for (const reader of this.#all) reader.flush();
  }

  /** Before code of a page is predecoded: no write goes there unseen. */
  guard(page: number): void {
    if (this.hasCode(page)) return;
    for (const reader of this.#all) reader.forbidWriting(page);
  }
}
