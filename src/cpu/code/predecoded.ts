/** Predecoded blocks as a value: for another processor of the same program and memory, which needn't predecode them again. */
import { blockBytes, Heads, headOf, Record } from '../../isa/index.ts';
import { type Block, keyOf } from './block.ts';
import { limitOf, soughtMode } from './chains.ts';

export interface Predecoded {
  /** Linear memory from where a processor's records begin, as far as there are some. */
  readonly records: Uint8Array;
  /** First records of the chains: isa's `Heads`. */
  readonly heads: Uint32Array;
  /** Six numbers of each block, by pages, ascending. */
  readonly rows: Uint32Array<ArrayBuffer>;
  /** How instructions like theirs are predecoded, by `modeNumber`: isa's `Learned`. */
  readonly learned: readonly { readonly mode: number; readonly numbers: Int32Array<ArrayBuffer> }[];
}

/** Where a row has what: the halves of its address, its page, its record, two numbers in each of the last. */
const Row = { low: 0, high: 1, page: 2, record: 3, place: 4, kind: 5, size: 6 } as const;
const half = 16;

/** Those of one page, which handlers find by themselves, and that nobody translated. */
export const isLasting = ({ base, limit, mode, secondPage }: Block): boolean =>
  secondPage === undefined && soughtMode(mode, base, limit) !== 0;

/**
 * Of blocks that are all lasting, with records in `linear` between `begin` and `end`. They lead to each other alone, and are as hot as new ones, `heat`.
 */
export const predecodedOf = (
  blocks: readonly Block[],
  { linear, begin, end, heat }: { readonly linear: DataView; readonly begin: number; readonly end: number; readonly heat: number },
): Omit<Predecoded, 'learned'> => {
  const records = new Uint8Array(linear.buffer, linear.byteOffset + begin, end - begin).slice();
  const view = new DataView(records.buffer);
  const there = new Set(blocks.map(({ record }) => record));
  const heads = new Uint32Array(Heads.count);
  for (const block of blocks) {
    const at = block.record - begin;
    for (let one = at + Record.size; one < at + blockBytes(block.instructions); one += Record.size)
      if (!there.has(view.getUint32(one + Record.link, true))) view.setUint32(one + Record.link, 0, true);
    view.setUint32(at + Record.heat, heat, true);
    view.setUint32(at + Record.entry, block.record + Record.size, true);
    const head = headOf(block.rip);
    view.setUint32(at + Record.chain, heads[head] ?? 0, true);
    heads[head] = block.record;
  }
  return { records, heads, rows: rowsOf(blocks) };
};

/** `Predecoded.rows` of blocks that are all lasting. */
export const rowsOf = (blocks: readonly Block[]): Uint32Array<ArrayBuffer> => {
  const rows = new Uint32Array(blocks.length * Row.size);
  const sorted = blocks.toSorted((a, b) => a.page - b.page || a.offset - b.offset);
  for (const [number, block] of sorted.entries()) rows.set(rowOf(block), number * Row.size);
  return rows;
};

const rowOf = ({ rip, page, record, offset, inFirst, mode, instructions }: Block): readonly number[] => [
  ...[Number(rip & 0xffff_ffffn), Number(rip >> 32n), page, record],
  ...[offset | (inFirst << half), mode | (instructions << half)],
];

/** What of rows is looked at page by page: most of it never is. */
export class Shelf {
  readonly #rows: Uint32Array;
  /** Where the rows of a page begin. */
  readonly #pages = new Map<number, number>();

  constructor(rows: Uint32Array<ArrayBuffer> = new Uint32Array()) {
    this.#rows = rows;
    // The rows of a page follow one another.
    let page: number | undefined;
    for (let at = 0; at < rows.length; at += Row.size) {
      const its = rows[at + Row.page];
      if (its !== undefined && its !== page) this.#pages.set(its, at);
      page = its;
    }
  }

  has(page: number): boolean {
    return this.#pages.has(page);
  }

  get pages(): readonly number[] {
    return [...this.#pages.keys()];
  }

  /** The blocks at an offset of a page, which are here no more; the page still is. */
  takeAt(page: number, offset: number, mode: number): readonly Block[] {
    const blocks: Block[] = [];
    const rows = this.#rows;
    // By their offsets, ascending. Nearly all that is looked for is looked for here first.
    for (let at = this.#pages.get(page) ?? rows.length; rows[at + Row.page] === page; at += Row.size) {
      const its = (rows[at + Row.place] ?? 0) & low16;
      if (its > offset) break;
      if (its !== offset || ((rows[at + Row.kind] ?? 0) & low16) !== mode) continue;
      blocks.push(this.#block(at));
      rows[at + Row.kind] = taken;
    }
    return blocks;
  }

  /** The blocks of a page, which is here no more. */
  take(page: number): readonly Block[] {
    const places = [...this.#places(page)];
    this.#pages.delete(page);
    return places.filter((at) => this.#part(at, Row.kind) !== taken).map((at) => this.#block(at));
  }

  /** Of the rows of a page. */
  *#places(page: number): Generator<number> {
    const first = this.#pages.get(page) ?? this.#rows.length;
    for (let at = first; at < this.#rows.length && this.#part(at, Row.page) === page; at += Row.size) yield at;
  }

  #block(at: number): Block {
    const [place, kind, page] = [this.#part(at, Row.place), this.#part(at, Row.kind), this.#part(at, Row.page)];
    const [offset, mode] = [place & low16, kind & low16];
    return {
      key: keyOf(page, offset),
      record: this.#part(at, Row.record),
      rip: (BigInt(this.#part(at, Row.high)) << 32n) | BigInt(this.#part(at, Row.low)),
      base: 0n,
      limit: limitOf(mode),
      page,
      secondPage: undefined,
      offset,
      inFirst: place >>> half,
      inSecond: 0,
      instructions: kind >>> half,
      mode,
      other: undefined,
    };
  }

  #part(at: number, part: number): number {
    return this.#rows[at + part] ?? 0;
  }
}

/** What a row has instead of its kind: no mode is 0. */
const taken = 0;
const low16 = 0xffff;
