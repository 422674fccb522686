/** Blocks by where they begin, and by the pages they are in. */
import { type Block, offsetOf, pageOf } from './block.ts';
import { Shelf } from './predecoded.ts';

/** A page is looked into by lines, one for each bit of two words. */
const lineShift = 6;

interface Page {
  readonly blocks: Block[];
  /** Lines that have code: of the first half of the page, and of the second. */
  first: number;
  second: number;
}

/** Pages that share one of them look the same from outside: of 256 MiB none do. */
const lids = 0x1_0000;

export class Directory {
  /** Of each mode, by their keys: first ones. */
  #byMode: (Map<number, Block> | undefined)[] = [];
  #pages = new Map<number, Page>();
  /** Where there may be some: most of what devices write has never had code, and is told so without a look into maps. */
  readonly #mayHave = new Uint8Array(lids);
  /** Blocks that nobody has asked for yet. */
  #shelf = new Shelf();

  /** There are these, too: before any other is. */
  begin(shelf: Shelf): void {
    this.#shelf = shelf;
    for (const page of shelf.pages) this.#mayHave[page % lids] = 1;
  }

  #fetch(page: number): void {
    if (this.#shelf.has(page)) for (const block of this.#shelf.take(page)) this.insert(block);
  }

  /** The first one of a key; the others follow. */
  find(key: number, mode: number): Block | undefined {
    const page = pageOf(key);
    if (this.#shelf.has(page)) for (const block of this.#shelf.takeAt(page, offsetOf(key), mode)) this.insert(block);
    return this.#byMode[mode]?.get(key);
  }

  hasPage(page: number): boolean {
    return this.#mayHave[page % lids] === 1 && (this.#pages.has(page) || this.#shelf.has(page));
  }

  /** Of a physical page. */
  in(page: number): readonly Block[] {
    this.#fetch(page);
    return this.#pages.get(page)?.blocks ?? none;
  }

  /** All that are found. */
  all(): readonly Block[] {
    for (const page of this.#shelf.pages) this.#fetch(page);
    const all: Block[] = [];
    for (const firsts of this.#byMode)
      for (const first of firsts?.values() ?? [])
        for (let block: Block | undefined = first; block !== undefined; block = block.other) all.push(block);
    return all;
  }

  /** Whether code may be in these bytes of a page; if not, there is none. */
  mayHave(page: number, from: number, bytes: number): boolean {
    this.#fetch(page);
    const found = this.#pages.get(page);
    if (found === undefined) return false;
    const to = from + bytes - 1;
    return ((found.first & linesOf(from, to, 0)) | (found.second & linesOf(from, to, 32))) !== 0;
  }

  insert(block: Block): void {
    const { key, mode, page, secondPage, offset, inFirst, inSecond } = block;
    const all = this.#byMode[mode] ?? new Map<number, Block>();
    this.#byMode[mode] = all;
    block.other = all.get(key);
    all.set(key, block);
    this.#list(block, page, offset, inFirst);
    if (secondPage !== undefined) this.#list(block, secondPage, 0, inSecond);
  }

  #list(block: Block, page: number, from: number, bytes: number): void {
    let found = this.#pages.get(page);
    if (found === undefined) {
      found = { blocks: [], first: 0, second: 0 };
      this.#pages.set(page, found);
      this.#mayHave[page % lids] = 1;
    }
    found.blocks.push(block);
    mark(found, from, bytes);
  }

  /** It is found no more, though its pages list it still. Returns whether it was there. */
  remove(block: Block): boolean {
    const { key, mode, other } = block;
    const all = this.#byMode[mode];
    const first = all?.get(key);
    if (first === block) {
      if (other === undefined) all?.delete(key);
      else all?.set(key, other);
      return true;
    }
    let before = first;
    while (before !== undefined && before.other !== block) before = before.other;
    if (before !== undefined) before.other = other;
    return before !== undefined;
  }

  /** A page lists these alone. */
  keep(page: number, blocks: readonly Block[]): void {
    this.#pages.delete(page);
    for (const block of blocks) {
      if (block.page === page) this.#list(block, page, block.offset, block.inFirst);
      else this.#list(block, page, 0, block.inSecond);
    }
  }

  clear(): void {
    this.#shelf = new Shelf();
    this.#byMode = [];
    this.#pages = new Map();
    this.#mayHave.fill(0);
  }
}

const none: readonly Block[] = [];

/** Bits of the lines from one byte to another, of the 32 lines that begin with this one. */
const linesOf = (from: number, to: number, line: number): number => {
  const low = Math.max((from >> lineShift) - line, 0);
  const high = Math.min((to >> lineShift) - line, 31);
  return low > high ? 0 : (-1 << low) & (-1 >>> (31 - high));
};

const mark = (page: Page, from: number, bytes: number): void => {
  page.first |= linesOf(from, from + bytes - 1, 0);
  page.second |= linesOf(from, from + bytes - 1, 32);
};
