/** What physical pages are known to be, for walks that handlers make by themselves. */
import { Layout, PageBit } from '../../isa/index.ts';

const [pagesInByte, bitsOfPage] = [4, 2];

export class PageKinds {
  readonly #bytes: Uint8Array;
  /** Behind the last byte that has something. */
  #end = 0;

  constructor(view: DataView) {
    this.#bytes = new Uint8Array(view.buffer, view.byteOffset + Layout.pages, Layout.lists - Layout.pages);
  }

  /** A page is memory and nobody's registers; where it has no code, it may be written without a look. */
  note(page: number, isFree: boolean): void {
    const at = Math.floor(page / pagesInByte);
    if (at >= this.#bytes.length) return;
    this.#bytes[at] = (this.#bytes[at] ?? 0) | ((PageBit.memory | (isFree ? PageBit.writable : 0)) << shiftOf(page));
    this.#end = Math.max(this.#end, at + 1);
  }

  /** Each write to it is looked at. */
  forbidWriting(page: number): void {
    const at = Math.floor(page / pagesInByte);
    if (at < this.#end) this.#bytes[at] = (this.#bytes[at] ?? 0) & ~(PageBit.writable << shiftOf(page));
  }

  forget(): void {
    this.#bytes.fill(0, 0, this.#end);
    this.#end = 0;
  }
}

const shiftOf = (page: number): number => bitsOfPage * (page % pagesInByte);
