/** Code, predecoded: blocks of instructions by where they begin, and which pages they were made of. */
import {
  BlockWriter,
  blockBytes,
  type Encoding,
  endsBlock,
  forwardBlock,
  type Interpreter,
  instructionAt,
  longestBlock,
  lowOf,
  type Mode,
  moveBlock,
  type Placed,
  Record,
  slideBlock,
  spoilBlock,
  type Table,
  type Undecodable,
  unlinkBlock,
  writeBlock,
} from '../../isa/index.ts';
import type { Home } from '../memory/home.ts';
import { type Block, keyOf } from './block.ts';
import { Chains } from './chains.ts';
import { Directory } from './directory.ts';
import { Marks } from './marks.ts';
import { modeNumber, modeOfNumber } from './mode.ts';
import { isLasting, type Predecoded, predecodedOf, rowsOf, Shelf } from './predecoded.ts';
import { RecordRoom } from './record-room.ts';

const pageBytes = 4096;

/** Who has made something of blocks, and wants to know when they are forgotten. */
export interface Successor {
  forget(block: Block): void;
  /** Whether it is needed where all others are forgotten. */
  has(block: Block): boolean;
  /** Records that are needed then, of no block: `Blocks.room`. */
  records(): readonly number[];
  /** All are. */
  clear(): void;
  /** All are that aren't kept. */
  trim(): void;
}

/** Code bytes from an address to the end of its page, and those of the next page as far as they may be executed. */
export interface CodeBytes {
  readonly bytes: Uint8Array;
  readonly page: number;
  readonly nextPage: number | undefined;
  /** How many bytes are in the first page. */
  readonly inFirst: number;
  /** Whether the code segment ends with them. */
  readonly isLimited?: boolean;
}

/** Where code is, and what it means: an offset in a code segment. */
export interface Start {
  readonly rip: bigint;
  readonly base: bigint;
  readonly limit: number;
  readonly mode: Mode;
}

export class Blocks {
  readonly #linear: DataView;
  readonly #records: Home['records'];
  readonly #table: Table<Encoding>;
  readonly #interpreter: Interpreter;
  readonly #directory = new Directory();
  /** How many more writes to a page with code are looked at before it is forgotten whole, and how many then. */
  #looks = new Map<number, { left: number; next: number }>();
  /** Where spoiled blocks began, for what takes their place. */
  #spoiled = new Map<number, Block>();
  /** Linear addresses that no block goes beyond: whoever runs up to there gives control back. */
  stops: ReadonlySet<bigint> = new Set();
  /** The last block of fewer instructions than usual: there is room for one, and nothing leads to it. */
  #cut: Block | undefined;
  readonly #room: RecordRoom;
  /** Blocks that were forgotten for want of room; how many were made since, and how many of those again. */
  readonly #gone = new Marks();
  #made = 0;
  #again = 0;
  readonly #writer: BlockWriter;
  readonly #chains: Chains;
  /** How often new blocks are led to before they are told as hot; 0: never. */
  heat = 0;
  /** Whether there is more room as long as memory has some. */
  keepsAll = false;
  successor: Successor | undefined;

  /** `linear` is all of linear memory. */
  constructor(linear: DataView, { begin, records }: Home, table: Table<Encoding>, interpreter: Interpreter) {
    this.#chains = new Chains(linear, begin);
    this.#linear = linear;
    this.#records = records;
    this.#table = table;
    this.#interpreter = interpreter;
    this.#room = new RecordRoom(records, cutBytes);
    this.#writer = new BlockWriter(linear, table, interpreter);
  }

  find({ rip, base, limit, mode, page }: Start & { readonly page: number }): Block | undefined {
    let block = this.#directory.find(keyOf(page, offsetOf(rip, base)), modeNumber(mode));
    while (block !== undefined && !(block.rip === rip && block.base === base && block.limit === limit)) block = block.other;
    return block;
  }

  /** Blocks with a byte at an offset of a physical page, that begin in it. */
  around(page: number, offset: number): readonly Block[] {
    return this.#directory.in(page).filter((block) => block.page === page && isWithin(block, page, offset, 1));
  }

  /** Whether code of a physical page is predecoded: who writes there must spoil it. */
  hasCode(page: number): boolean {
    return this.#directory.hasPage(page) || (this.#cut !== undefined && isIn(this.#cut, page));
  }

  /** Forgets code that is written: bytes of a page. Whoever runs it leaves before the next instruction. Data beside code spoils nothing, until it was written often. */
  spoil(page: number, from: number, bytes: number): void {
    const isWhole = this.#isWrittenOften(page);
    if (isWhole || this.#directory.mayHave(page, from, bytes)) this.#spoilBlocks(page, isWhole ? 0 : from, isWhole ? pageBytes : bytes);
    if (this.#cut === undefined || !isWithin(this.#cut, page, from, bytes)) return;
    spoilBlock(this.#linear, this.#cut.record, this.#cut.instructions);
    this.#cut = undefined;
  }

  #spoilBlocks(page: number, from: number, bytes: number): void {
    const all = this.#directory.in(page);
    const written = all.filter((block) => isWithin(block, page, from, bytes));
    for (const block of written) {
      spoilBlock(this.#linear, block.record, block.instructions);
      if (this.#remove(block)) this.#spoiled.set(block.key, block);
      this.successor?.forget(block);
    }
    if (written.length === 0) return;
    const isWritten = new Set(written);
    this.#directory.keep(
      page,
      all.filter((block) => !isWritten.has(block)),
    );
  }

  /**
   * Each look at a write costs: where there were many, a page is forgotten whole and written freely, for its code may be through, as that of a page that is
   * filled byte by byte. Where it isn't, it is predecoded anew, and next time a page has four times as many: so that costs no more than the looks did.
   */
  #isWrittenOften(page: number): boolean {
    const looks = this.#looks.get(page) ?? { left: fewestLooks, next: 4 * fewestLooks };
    this.#looks.set(page, looks);
    looks.left--;
    if (looks.left > 0) return false;
    looks.left = looks.next;
    looks.next *= 4;
    return true;
  }

  /** Returns whether it was there. */
  #remove(block: Block): boolean {
    this.#chains.remove(block);
    return this.#directory.remove(block);
  }

  /** Whether there is no room for one more block: those that aren't kept have to go. */
  get isFull(): boolean {
    return !this.#room.has(blockBytes(longestBlock));
  }

  /** Has more room where most of the blocks were there before, and there is more: whether it is so. */
  grow(): boolean {
    const isMore = (this.keepsAll || 2 * this.#again > this.#made) && this.#room.grow();
    if (isMore) this.#made = this.#again = 0;
    return isMore;
  }

  /** Where no record is: what is there was forgotten. */
  get unused(): Home['records'] {
    return this.#room.unused;
  }

  /** Those that last, but for what was translated, and of which somebody says that they do. */
  predecoded(isWanted: (page: number, offset: number, bytes: number) => boolean): Predecoded {
    const lasting = this.#directory.all().filter((block) => isLasting(block) && !this.#room.isKept(block.record));
    const blocks = lasting.filter(({ page, offset, inFirst }) => isWanted(page, offset, inFirst));
    const where = { linear: this.#linear, begin: this.#records.begin, end: this.#room.next, heat: this.heat };
    return {
      ...predecodedOf(blocks, where),
      learned: this.#writer.learned.map(({ mode, numbers }) => ({ mode: modeNumber(mode), numbers })),
    };
  }

  /** Has blocks whose records are where they were: before there are any others. Whether there is room for so many. */
  begin({ records, heads, rows, learned }: Predecoded): boolean {
    this.#writer.begin(learned.map(({ mode, numbers }) => ({ mode: modeOfNumber(mode), numbers })));
    if (!this.#room.begin(this.#records.begin + records.length)) return false;
    this.#chains.begin(heads);
    this.#directory.begin(new Shelf(rows));
    return true;
  }

  /** Forgets all. No record of them may be entered any more. */
  clear(): void {
    this.#forget();
    this.#room.restart([]);
    this.successor?.clear();
  }

  /** The same, but for those that stay and that somebody needs. */
  makeRoom(): void {
    const all = this.#directory.all();
    this.#gone.clear();
    for (const { key } of all) this.#gone.add(key);
    this.#made = this.#again = 0;
    this.#keepOnly(all, []);
  }

  /** Forgets those that were seldom led to, and has the others' records one behind the other. No record of them may be entered any more. */
  thinOut(): void {
    if (this.keepsAll) return;
    const all = this.#directory.all();
    this.#keepOnly(
      all,
      all.filter((block) => !this.#room.isKept(block.record) && !this.#isSeldom(block)),
    );
  }

  #isSeldom(block: Block): boolean {
    const led = this.heat - this.heatOf(block);
    // What is interpreted again was hot.
    return led >= 0 && led < seldom;
  }

  /** `others` come and go. */
  #keepOnly(all: readonly Block[], others: readonly Block[]): void {
    const { successor } = this;
    const kept = all.filter((block) => this.#room.isKept(block.record) && successor?.has(block) === true);
    this.#forget();
    const records = successor?.records() ?? [];
    this.#room.restart([
      ...kept.map(({ record, instructions }) => ({ begin: record, size: blockBytes(instructions) })),
      ...records.map((record) => ({ begin: record, size: Record.size })),
    ]);
    // None is written over before it has moved.
    for (const block of others.toSorted((a, b) => a.record - b.record)) {
      const record = this.#room.take(blockBytes(block.instructions));
      slideBlock(this.#linear, block.record, record, block.instructions);
      block.record = record;
    }
    this.#directory.begin(new Shelf(rowsOf(others.filter(isLasting))));
    for (const block of [...kept, ...others]) {
      unlinkBlock(this.#linear, block.record, block.instructions);
      this.#chains.add(block);
    }
    for (const block of [...kept, ...others.filter((block) => !isLasting(block))]) this.#directory.insert(block);
    successor?.trim();
  }

  #forget(): void {
    this.#directory.clear();
    this.#looks = new Map();
    this.#spoiled = new Map();
    this.#cut = undefined;
    this.#chains.clear();
  }

  /** Has a block stay where others are forgotten: its records are elsewhere then. Whether it could be. */
  stay(block: Block): boolean {
    if (this.#room.isKept(block.record)) return true;
    const record = this.#room.keep(blockBytes(block.instructions));
    if (record === undefined) return false;
    this.#chains.remove(block);
    moveBlock(this.#linear, block.record, record, block.instructions);
    block.record = record;
    this.#chains.add(block);
    return true;
  }

  /** Room for a record that is in no block, which stays; undefined where there is none. */
  room(): number | undefined {
    return this.#room.keep(Record.size);
  }

  /** How often a block may still be led to before it is told as hot; below 0 behind that. */
  heatOf({ record }: Block): number {
    return this.#linear.getInt32(record + Record.heat, true);
  }

  setHeat({ record }: Block, heat: number): void {
    this.#linear.setUint32(record + Record.heat, heat, true);
  }

  /** The instructions of a block that is kept; undefined where code is no longer what it was. */
  placed({ rip, instructions }: Block, mode: Mode, { bytes }: CodeBytes): readonly Placed[] | undefined {
    const placed: Placed[] = [];
    let at = 0;
    while (placed.length < instructions && at < bytes.length) {
      const instruction = instructionAt(this.#table, bytes, at, mode);
      if (typeof instruction === 'string') return undefined;
      at += instruction.lengthBytes;
      placed.push({ instruction, next: wrap(rip + BigInt(at), mode) });
      if (endsBlock(this.#interpreter, instruction)) break;
    }
    return placed.length === instructions ? placed : undefined;
  }

  /** Predecodes what begins at an address: as far as the next branch, the end of the page, or so many instructions. Of a number of them, there is one block at a time. */
  build({ rip, base, limit, mode }: Start, { bytes, page, nextPage, inFirst }: CodeBytes, most?: number): Block | Undecodable {
    const record = most === undefined ? this.#room.next : this.#records.begin;
    if (most !== undefined) this.#cut = undefined;
    const isStop = this.stops.size === 0 ? undefined : (offset: number) => this.stops.has(linearOf(rip + BigInt(offset), base, mode));
    const wanted = { rip, mode, bytes, inFirst, most: most ?? longestBlock, heat: most === undefined ? this.heat : 0, isStop };
    const writer = this.#writer;
    const why = writer.write(record, wanted);
    if (why !== undefined) return why;
    const { instructions, bytes: count } = writer;
    const secondPage = count > inFirst ? nextPage : undefined;
    const offset = offsetOf(rip, base);
    const key = keyOf(page, offset);
    if (most === undefined) {
      this.#room.take(blockBytes(instructions));
      this.#made++;
      if (this.#gone.has(key)) this.#again++;
    }
    // Written out: what is put together of others takes twice the memory, and there are tens of thousands.
    return {
      key,
      record,
      rip,
      base,
      limit,
      page,
      secondPage,
      offset,
      inFirst: Math.min(count, inFirst),
      inSecond: Math.max(0, count - inFirst),
      instructions,
      mode: modeNumber(mode),
      other: undefined,
    };
  }

  /** Room for a block of no instructions: until the next one of a number of them. */
  writeEmpty(rip: bigint, mode: Mode): number {
    this.#cut = undefined;
    writeBlock(this.#linear, this.#records.begin, this.#interpreter, { start: rip, placed: [], mode });
    return this.#records.begin;
  }

  /** Keeps one of a number of instructions until the next such one, as far as it spoils when its code is written. */
  hold(block: Block): void {
    this.#cut = block;
  }

  /** Keeps a block for the next time. */
  keep(block: Block): void {
    const { key } = block;
    this.#insert(block);
    const before = this.#spoiled.get(key);
    const isSame =
      before !== undefined &&
      before.mode === block.mode &&
      before.rip === block.rip &&
      before.base === block.base &&
      before.limit === block.limit;
    if (isSame && before.secondPage === undefined && block.secondPage === undefined)
      forwardBlock(this.#linear, before.record, block.record);
    this.#spoiled.delete(key);
  }

  #insert(block: Block): void {
    this.#directory.insert(block);
    this.#chains.add(block);
  }
}

/** Writes to a page with code that are looked at, the first time. */
const fewestLooks = 64;

/** What was led to less often since it was predecoded. */
const seldom = 64;

/** Bytes for the block of fewer instructions than usual. */
const cutBytes = blockBytes(longestBlock);

const isWithin = (block: Block, page: number, from: number, bytes: number): boolean =>
  (block.page === page && from < block.offset + block.inFirst && block.offset < from + bytes) ||
  (block.secondPage === page && from < block.inSecond);

const isIn = ({ page, secondPage }: Block, which: number): boolean => page === which || secondPage === which;

const offsetOf = (rip: bigint, base: bigint): number => (lowOf(rip) + lowOf(base)) & 0xfff;

const linearOf = (rip: bigint, base: bigint, mode: Mode): bigint => (mode.code === 64 ? wrap(rip, mode) : wrap(base + rip, mode));

const wrap = (rip: bigint, { code }: Mode): bigint => BigInt.asUintN(code === 64 ? 64 : 32, rip);
