/** Finds the block of code at an address, as mode and privilege have it. */
import {
  type Encoding,
  highOf,
  type Interpreter,
  longestBlock,
  lowOf,
  type Mode,
  Record,
  Segment,
  SegmentPart,
  State,
  segmentPlace,
  stopBefore,
  type Table,
  Tlb,
  type Undecodable,
} from '../../isa/index.ts';
import { Fault, Vector } from '../fault.ts';
import type { Fetched } from '../memory/fetched.ts';
import type { Home } from '../memory/home.ts';
import { MemoryPath } from '../memory/memory-path.ts';
import type { Ram } from '../memory/ram.ts';
import type { Block } from './block.ts';
import { Blocks, type CodeBytes, type Start } from './blocks.ts';
import { soughtMode } from './chains.ts';
import { Circumstances } from './circumstances.ts';
import { JumpCache } from './jumps.ts';
import { modeNumber, modeOf } from './mode.ts';
import type { Predecoded } from './predecoded.ts';
import { type Made, type TranslationParts, Translations } from './translations.ts';
import type { Visited } from './visits.ts';

/** What was translated so far, for people. */
export interface Translated extends Made {
  visited(): Visited;
  /** Whether code at an offset of the code segment is in a region, if it was fetched from there. */
  has(rip: bigint): boolean;
}

/** What is predecoded, for who keeps it. */
export type KeptCode = Pick<CodePath, 'unused' | 'thinOut' | 'recordsAt' | 'keepAll' | 'predecoded' | 'begin'>;

export class CodePath implements KeptCode {
  readonly memory: MemoryPath;
  readonly #linear: DataView;
  readonly #state: DataView;
  readonly #blocks: Blocks;
  readonly #circumstances: Circumstances;
  readonly #known: { readonly supervisor: JumpCache; readonly user: JumpCache };
  /** Of whoever runs. */
  #jumps: JumpCache;
  #base = 0n;
  #limit = 0;
  readonly #home: Home;
  #translations: Translations | undefined;

  constructor(ram: Ram, home: Home, table: Table<Encoding>, interpreter: Interpreter) {
    this.#linear = ram.view;
    this.#home = home;
    this.#state = home.state;
    this.#blocks = new Blocks(ram.view, home, table, interpreter);
    const [supervisor, user] = [new JumpCache(home.state, 'supervisor'), new JumpCache(home.state, 'user')];
    this.#known = { supervisor, user };
    this.#jumps = supervisor;
    this.memory = new MemoryPath(ram, home, this.#blocks, {
      forget: () => this.#forgetJumps(),
      forgetLocal: () => {
        supervisor.forgetLocal();
        user.forgetLocal();
      },
    });
    this.#circumstances = new Circumstances(home.state, () => this.#forgetJumps());
  }

  /** Bytes of linear memory that are for code, and have none until more is predecoded: they may be given back. */
  get unused(): Uint8Array<ArrayBuffer> {
    const { begin, end } = this.#blocks.unused;
    return new Uint8Array(this.#linear.buffer as ArrayBuffer, begin, end - begin); // WebAssembly's memory is one, unless it is shared.
  }

  /** What was predecoded is forgotten, but for what was translated or led to often; that takes less memory until it is asked for. */
  thinOut(): void {
    this.#blocks.thinOut();
    this.#forgetJumps();
  }

  /** What it begins with: an address in linear memory, where the bytes of `Predecoded.records` go. */
  get recordsAt(): number {
    return this.#home.records.begin;
  }

  /** None is forgotten as long as there is room for more, also where it runs but once. */
  keepAll(): void {
    this.#blocks.keepsAll = true;
  }

  /** What is predecoded, as `Blocks.predecoded` has it. */
  predecoded(isWanted: (page: number, offset: number, bytes: number) => boolean): Predecoded {
    return this.#blocks.predecoded(isWanted);
  }

  /** After memory was filled with what it was then, and before anything runs. `records` is only looked at for its length: whoever has them has put them there. */
  begin(predecoded: Predecoded): boolean {
    const isThere = this.#blocks.begin(predecoded);
    this.memory.flush();
    return isThere;
  }

  /** From now on, what runs often is translated. */
  translate(parts: Pick<TranslationParts, 'interpreter' | 'imports' | 'translating'>): void {
    this.#translations = new Translations({
      ...{ ...parts, linear: this.#linear, home: this.#home, blocks: this.#blocks },
      moved: ({ rip, record }, from) => {
        for (const jumps of [this.#known.supervisor, this.#known.user]) jumps.move(rip, from, record);
      },
      spent: () => this.#makeRoom(),
    });
  }

  get translations(): Translations | undefined {
    return this.#translations;
  }

  /** Undefined where all is interpreted. */
  get translated(): Translated | undefined {
    const translations = this.#translations;
    return (
      translations && {
        ...translations.counts,
        visited: () => translations.visited,
        has: (rip) => {
          const linear = this.linear(rip);
          const page = this.memory.knownPage(linear);
          return page !== undefined && this.#blocks.around(page, Number(linear & 0xfffn)).some((block) => translations.has(block));
        },
      }
    );
  }

  /** Whether each block is translated before it runs for the first time. */
  get isEager(): boolean {
    return this.#translations?.isEager === true;
  }

  /** A block, at which the processor is, runs often. */
  warm(head: Block): void {
    const translations = this.#translations;
    if (translations === undefined) return;
    if (!translations.areMade) {
      this.#blocks.setHeat(head, translations.often);
      return;
    }
    if (translations.hasHead(head)) return;
    const mode = this.arrive();
    const [base, limit] = [this.#base, this.#limit];
    const linear = (rip: bigint): bigint => (mode.code === 64 ? rip : (base + rip) & 0xffff_ffffn);
    const pageOf = (rip: bigint): bigint => linear(rip) >> BigInt(Tlb.pageBits);
    const physical = (rip: bigint): number | undefined =>
      pageOf(rip) === pageOf(head.rip) ? head.page : this.memory.knownPage(linear(rip));
    translations.want(head, {
      ...{ mode, base, limit, pageOf },
      isAlike: (other) => other.mode === mode && other.base === base && other.limit === limit,
      find: (rip) => {
        const page = physical(rip);
        return page === undefined ? undefined : this.#blocks.find({ rip, base, limit, mode, page });
      },
      placed: (block) => this.#blocks.placed(block, mode, this.memory.code(linear(block.rip), block.page)),
      isOften: (block) => translations.isOften(block),
    });
  }

  /** What was predecoded is forgotten. */
  clear(): void {
    this.#blocks.clear();
    this.#forgetJumps();
  }

  /** What was predecoded is forgotten, but for what was translated. */
  #makeRoom(): void {
    this.#blocks.makeRoom();
    this.#forgetJumps();
  }

  #forgetJumps(): void {
    for (const jumps of [this.#known.supervisor, this.#known.user]) jumps.forget();
  }

  /** Has blocks end where a debugger stops. */
  set stops(addresses: ReadonlySet<bigint>) {
    this.#blocks.stops = addresses;
    this.clear();
  }

  /** The block at an offset of the code segment, or the exception that fetching it raises. One that is built for fewer instructions than usual isn't kept; one that is there may have more of them, unless it shall be exact. */
  blockAt(rip: bigint, most?: number, isExact = false): Block | Fault {
    const mode = this.arrive();
    const base = this.#base;
    const limit = this.#limit;
    if (mode.code !== 64 && rip > BigInt(limit)) return new Fault(Vector.gp);
    const linear = mode.code === 64 ? rip : (base + rip) & 0xffff_ffffn;
    const first = this.memory.fetch(linear);
    if (typeof first === 'number') return new Fault(Vector.pf, first, linear);
    if (first === undefined) return new Fault(Vector.gp);
    const found = isExact ? undefined : this.#blocks.find({ rip, base, limit, page: first.page, mode });
    if (found !== undefined && (found.secondPage === undefined || found.secondPage === this.memory.pageBehind(linear))) {
      this.#note(found, first.isGlobal);
      return found;
    }
    return this.#built(linear, first, { rip, base, limit, mode }, most);
  }

  /** One that isn't there. */
  #built(linear: bigint, first: Fetched, start: Start, most: number | undefined): Block | Fault {
    const { rip, limit, mode } = start;
    if (this.#blocks.isFull && !this.#blocks.grow()) this.#makeRoom();
    const build = (code: CodeBytes): Block | Undecodable =>
      this.#blocks.build(start, code, most === undefined ? undefined : Math.min(most, longestBlock));
    let code = withinLimit(this.memory.code(linear, first.page), rip, mode, limit);
    let built = build(code);
    // Its first instruction goes on in the next page, or would.
    if (built === 'short' && code.isLimited !== true) {
      code = withinLimit(this.memory.codeAcross(linear, first.page), rip, mode, limit);
      built = build(code);
    }
    if (typeof built === 'string') return this.#undecodable(built, code, linear);
    // What is one instruction can't write what follows in it.
    if (most !== undefined && built.instructions === 1) return built;
    this.memory.guard(built.page);
    if (built.secondPage !== undefined) this.memory.guard(built.secondPage);
    if (most !== undefined) {
      this.#blocks.hold(built);
      return built;
    }
    this.#blocks.keep(built);
    this.#note(built, first.isGlobal);
    return built;
  }

  /** The record of a block that does nothing and leads to an offset of the code segment. It holds until the next block. */
  nothingAt(rip: bigint): number {
    return this.#blocks.writeEmpty(rip, modeOf(this.#state));
  }

  /** Has a block give control back before an instruction of it, by its number from 0 on; what is returned takes that back. */
  stopBefore(record: number, instruction: number): () => void {
    return stopBefore(this.#linear, record + (1 + instruction) * Record.size);
  }

  /** Linear address of an offset in the code segment. */
  linear(rip: bigint): bigint {
    if (modeOf(this.#state).code === 64) return rip;
    return (this.#state.getBigUint64(segmentPlace(Segment.cs) + SegmentPart.base, true) + rip) & 0xffff_ffffn;
  }

  /** Blocks of one page may lead straight to each other: they come and go together. */
  link(from: number, { record, rip, base, secondPage }: Block): void {
    const at = this.#linear;
    const target = from + Record.immediate;
    const next = from + Record.next;
    const isThere = at.getInt32(target, true) === lowOf(rip) && at.getInt32(target + 4, true) === highOf(rip);
    // The last byte of the branch, from the beginning of the page of its target.
    const last = ((lowOf(base) + lowOf(rip)) & 0xfff) + at.getUint32(next, true) - 1 - (lowOf(rip) >>> 0);
    const isNear = isThere && at.getInt32(next + 4, true) === highOf(rip) && last >= 0 && last < 2 ** Tlb.pageBits;
    if (isNear && secondPage === undefined) this.#linear.setUint32(from + Record.link, record, true);
  }

  /** Jumps are those of this mode, segment and privilege from now on. */
  arrive(): Mode {
    const mode = modeOf(this.#state);
    const place = segmentPlace(Segment.cs);
    const isLong = mode.code === 64;
    const base = isLong ? 0n : this.#state.getBigUint64(place + SegmentPart.base, true);
    const limit = isLong ? 0 : this.#state.getUint32(place + SegmentPart.limit, true);
    const known = this.#state.getUint32(State.cpl, true) === 3 ? this.#known.user : this.#known.supervisor;
    this.#circumstances.enter(mode, base, limit);
    this.memory.choose();
    known.choose();
    this.#state.setUint32(State.mode, soughtMode(modeNumber(mode), base, limit), true);
    this.#jumps = known;
    this.#base = base;
    this.#limit = limit;
    return mode;
  }

  /** What goes on in a page that changes with page tables isn't global, wherever it begins. */
  #note({ rip, record, secondPage }: Block, isGlobal: boolean): void {
    this.#jumps.note(rip, this.#circumstances.number, record, isGlobal && secondPage === undefined);
  }

  #undecodable(why: Undecodable, { inFirst, isLimited }: CodeBytes, linear: bigint): Fault {
    if (why !== 'short') return new Fault(why === 'ud' ? Vector.ud : Vector.gp);
    const behind = linear + BigInt(inFirst);
    const fault = isLimited ? undefined : this.memory.fetch(behind);
    return typeof fault === 'number' ? new Fault(Vector.pf, fault, behind) : new Fault(Vector.gp);
  }
}

/** No byte behind the limit is fetched, and a page that isn't there doesn't matter behind it. */
const withinLimit = (code: CodeBytes, rip: bigint, mode: Mode, limit: number): CodeBytes => {
  if (mode.code === 64) return code;
  const left = limit - Number(rip) + 1;
  return left > code.bytes.length
    ? code
    : { ...code, bytes: code.bytes.subarray(0, left), inFirst: Math.min(code.inFirst, left), isLimited: true };
};
