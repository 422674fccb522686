/** The slow path of memory: page walks, bytes of two pages, addresses that aren't memory, writes to code. */
import { longestBlock, Segment, State, segmentPlace } from '../../isa/index.ts';
import { addressHalf } from '../canonical.ts';
import type { Blocks, CodeBytes } from '../code/blocks.ts';
import { Breakpoints } from '../control/breakpoints.ts';
import { Fault, noteFault, Vector } from '../fault.ts';
import { Registers } from '../registers.ts';
import { allows, isWithin } from '../segment/right.ts';
import { type Fetched, FetchedPages } from './fetched.ts';
import type { Home } from './home.ts';
import { numberAt, putNumber } from './number.ts';
import { type Access, type Paging, type Physical, type Translation, translate } from './paging.ts';
import { Pieces } from './pieces.ts';
import type { Ram } from './ram.ts';
import { TranslationCache, type Viewer } from './tlb.ts';
import { UnderWay } from './under-way.ts';
import { Viewing, type Whose } from './viewing.ts';
import { WalkedMemory } from './walked.ts';
import { watched } from './watched.ts';
import type { Window } from './window.ts';

const pageBytes = 4096;
const inPage = (linear: bigint): number => Number(linear & 0xfffn);
const pageOf = (physical: number): number => Math.floor(physical / pageBytes);
const isStack = (place: number): boolean => place === segmentPlace(Segment.ss);
/** Of the longest instruction. */
const mostBytes = 15;
/** Of a block. */
const mostOfBlock = mostBytes * longestBlock;

/** Who remembers by addresses: all, or what isn't global, is forgotten with pages. */
interface Forgetful {
  forget(): void;
  forgetLocal(): void;
}

export class MemoryPath {
  readonly #ram: Ram;
  readonly #state: DataView;
  /** Where page tables are: what a walk marks there may be code. */
  readonly #tables: Physical;
  /** Where bytes of two pages are put together, in linear memory. */
  readonly #bounce: number;
  readonly #cache: TranslationCache;
  readonly #walked: WalkedMemory;
  readonly #registers: Registers;
  readonly #viewing: Viewing;
  readonly breakpoints: Breakpoints;
  readonly underWay: UnderWay;
  readonly pieces: Pieces;
  /** What is no memory. */
  window: Window | undefined;
  /** Hears of page tables that a task's are. */
  switched: (() => void) | undefined;
  /** Whether what is there counts: it is not only written. */
  #isRead = false;
  readonly #fetched: FetchedPages;
  readonly #jumps: Forgetful;
  /** What decides about pages, but for EFLAGS.AC and CR3: until it may have changed. */
  #paging: Omit<Paging, 'isAlignmentChecked' | 'cr3'> | undefined;
  /** Where bounced bytes go when they are written. */
  #bounced: readonly [first: number, second: number, inFirst: number] = [0, 0, 0];

  constructor(ram: Ram, { begin, state }: Home, blocks: Blocks, jumps: Forgetful) {
    this.#ram = ram;
    this.#jumps = jumps;
    this.#state = state;
    this.#tables = watched(ram);
    this.#bounce = begin + State.bounce;
    this.#cache = new TranslationCache(state);
    this.#fetched = new FetchedPages(state);
    this.#walked = new WalkedMemory(ram, state);
    this.#registers = new Registers(state);
    this.#viewing = new Viewing(state, this.#registers);
    this.breakpoints = new Breakpoints(state);
    this.underWay = new UnderWay(ram.view, state);
    const { underWay, breakpoints } = this;
    this.pieces = new Pieces({
      ram,
      underWay,
      breakpoints,
      window: () => this.window,
      reach: (linear, access) => this.reach(linear, access),
    });
    state.setBigUint64(State.addressHalf, addressHalf(state), true);
    ram.readers.join({
      hasCode: (page) => blocks.hasCode(page),
      spoil: (page, from, bytes) => blocks.spoil(page, from, bytes),
      forbidWriting: (page) => {
        const place = ram.placeOf(page * pageBytes, pageBytes);
        if (place !== undefined && this.#walked.forbidWriting(page, place)) this.#cache.forbidWriting(place);
      },
      flush: () => this.flush(),
    });
  }

  /** What handlers call. */
  readonly functions = {
    open: (linear: bigint, bytes: number, intent: number, segment: number, record: number): number => {
      this.underWay.note(record);
      this.#isRead = intent !== 1;
      return this.#open(BigInt.asUintN(64, linear), bytes, intent === 0 ? 'read' : 'write', segment);
    },
    close: (bytes: number): void => this.#close(bytes),
    segment: (place: number, offset: bigint, bytes: number, write: number): bigint =>
      this.#segment(place, BigInt.asUintN(64, offset), bytes, write !== 0),
  };

  /** Bytes at a linear address, as a number. Throws a `Fault`. */
  read(linear: bigint, bytes: number, whose: Whose = 'program'): bigint {
    const place = this.#cache.find(linear, bytes, 'read', this.#viewing.viewerFor(whose));
    if (place !== 0) return numberAt(this.#ram.view, place, bytes);
    return this.readBytes(linear, bytes, whose).reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  }

  /** In two pages at the most. */
  readBytes(linear: bigint, bytes: number, whose: Whose = 'program'): Uint8Array<ArrayBuffer> {
    const into = new Uint8Array(bytes);
    let at = 0;
    for (const { physical, count } of this.#parts(linear, bytes, 'read', whose)) {
      into.set(this.#bytesAt(physical, count), at);
      at += count;
    }
    return into;
  }

  /** Throws a `Fault` where they can't be written. */
  probe(linear: bigint, bytes: number, whose: Whose = 'program'): void {
    if (this.#cache.find(linear, bytes, 'write', this.#viewing.viewerFor(whose)) !== 0) return;
    this.#parts(linear, bytes, 'write', whose);
  }

  write(linear: bigint, bytes: number, value: bigint, whose: Whose = 'program'): void {
    const place = this.#cache.find(linear, bytes, 'write', this.#viewing.viewerFor(whose));
    if (place !== 0) {
      putNumber(this.#ram.view, place, bytes, value);
      return;
    }
    const whole = Uint8Array.from({ length: bytes }, (_, at) => Number((value >> BigInt(8 * at)) & 0xffn));
    this.writeBytes(linear, whole, whose);
  }

  /** In two pages at the most. */
  writeBytes(linear: bigint, bytes: Uint8Array, whose: Whose = 'program'): void {
    let at = 0;
    for (const { physical, count } of this.#parts(linear, bytes.length, 'write', whose)) {
      this.#write(physical, bytes.subarray(at, at + count));
      at += count;
    }
  }

  // Tables that the processor looks into for itself.

  readSystem(linear: bigint, bytes: number): bigint {
    return this.read(linear, bytes, 'system');
  }

  probeSystem(linear: bigint, bytes: number): void {
    this.probe(linear, bytes, 'system');
  }

  writeSystem(linear: bigint, bytes: number, value: bigint): void {
    this.write(linear, bytes, value, 'system');
  }

  /** Where bytes are physically: in one page, or in two. */
  #parts(
    linear: bigint,
    bytes: number,
    access: 'read' | 'write',
    whose: Whose,
  ): readonly { readonly physical: number; readonly count: number }[] {
    if (whose === 'program') this.breakpoints.touch(linear, bytes, access);
    if (whose === 'program' && !this.#viewing.isAligned(linear, bytes)) throw new Fault(Vector.ac);
    const inFirst = Math.min(bytes, pageBytes - inPage(linear));
    const pieces = [
      { from: linear, count: inFirst },
      ...(inFirst < bytes ? [{ from: BigInt.asUintN(64, linear + BigInt(inFirst)), count: bytes - inFirst }] : []),
    ];
    return pieces.map(({ from, count }) => {
      const found = this.#translate(from, access, whose);
      if (typeof found === 'number') throw new Fault(Vector.pf, found, from);
      this.#note(from, this.#plainPage(found, access), access, this.#viewing.viewerFor(whose), found);
      return { physical: found.physical, count };
    });
  }

  /** Within the limit, and as rights allow: SDM Vol. 3A, 6.3. In real-address and virtual-8086 mode segments have no rights. */
  #segment(place: number, offset: bigint, bytes: number, isWrite: boolean): bigint {
    const loaded = this.#registers.loaded(place);
    const hasRights = this.#registers.isProtected && !this.#registers.isVirtual;
    if (!(hasRights ? allows(loaded, offset, bytes, isWrite) : isWithin({ ...loaded, rights: 0 }, offset, bytes))) {
      this.#fault(isStack(place) ? Vector.ss : Vector.gp, 0);
      return 0n;
    }
    return (loaded.base + offset) & 0xffff_ffffn;
  }

  /** Forgets all translations. */
  flush(): void {
    this.#jumps.forget();
    this.#paging = undefined;
    this.#cache.flush();
    this.#walked.flush(this.breakpoints.areOn);
    this.choose();
    this.#state.setBigUint64(State.addressHalf, addressHalf(this.#state), true);
    this.#fetched.flush();
  }

  /** Forgets those of pages that aren't global: SDM Vol. 3A, 5.10.4.1, MOV to CR3. */
  flushLocal(): void {
    this.#jumps.forgetLocal();
    this.#paging = undefined;
    this.#cache.flushLocal();
    this.choose();
    this.#fetched.flushLocal();
  }

  /** Forgets those of one page: the same section, INVLPG. Of pieces of a large page that were fetched nobody knows which are noted. */
  forgetPage(linear: bigint): void {
    if (this.#cache.hasLarge(linear)) {
      this.flush();
      return;
    }
    this.#cache.forget(linear);
    if (this.#fetched.forget(linear)) this.#jumps.forget();
  }

  /** After a change that leaves everything where it was, as without paging. */
  reconsider(): void {
    this.#paging = undefined;
    this.choose();
  }

  /** Whose pages count, after privilege or EFLAGS.AC has changed. */
  choose(): void {
    this.#cache.choose(this.#viewing.viewer);
  }

  /** Where code is, physically; the error code of a page fault; undefined of an address that is none. */
  fetch(linear: bigint): Fetched | number | undefined {
    if (!this.#viewing.isAddress(linear, 1)) return undefined;
    const known = this.#fetched.find(linear, this.#viewing.isUser);
    if (known !== undefined) return known;
    const found = this.#translate(linear, 'execute');
    if (typeof found === 'number') return found;
    const page = pageOf(found.physical);
    if (this.#fetched.isFull || this.#cache.isFull) this.flush();
    this.#cache.meet(linear, found.pageBits);
    this.#fetched.note(linear, page, this.#viewing.isUser, found.isGlobal);
    return { page, isGlobal: found.isGlobal };
  }

  /** Physical page of code at an address, where it was fetched from since pages were forgotten. */
  knownPage(linear: bigint): number | undefined {
    return this.#fetched.find(linear, this.#viewing.isUser)?.page;
  }

  /** Physical page of the linear page after an address's. */
  pageBehind(linear: bigint): number | undefined {
    const found = this.fetch(((linear >> 12n) + 1n) << 12n);
    return typeof found === 'object' ? found.page : undefined;
  }

  /** What is of code in an address's own page. Nobody need know what comes behind: who looks there marks the page as accessed. */
  code(linear: bigint, page: number): CodeBytes {
    const offset = inPage(linear);
    const inFirst = Math.min(pageBytes - offset, mostOfBlock);
    const bytes = this.#bytesAt(page * pageBytes + offset, Math.min(pageBytes - offset, mostOfBlock + mostBytes));
    return { bytes, page, nextPage: undefined, inFirst };
  }

  /** And as much of the page behind, where there is one, as an instruction may have. */
  codeAcross(linear: bigint, page: number): CodeBytes {
    const near = this.code(linear, page);
    const nextPage = this.pageBehind(linear);
    if (nextPage === undefined) return near;
    return { ...near, nextPage, bytes: Uint8Array.of(...near.bytes, ...this.#bytesAt(nextPage * pageBytes, mostBytes)) };
  }

  /** Code that was predecoded is watched: no write goes to it unseen. */
  guard(page: number): void {
    this.#ram.readers.guard(page);
  }

  #translate(linear: bigint, access: Access, whose: Whose = 'program'): Translation | number {
    const view = this.#state;
    this.#paging ??= {
      cr0: view.getUint32(State.cr0, true),
      cr4: view.getUint32(State.cr4, true),
      efer: view.getUint32(State.efer, true),
    };
    // SMAP knows no exception for what the processor does for itself: SDM Vol. 3A, 5.6.1.
    const cr3 = view.getBigUint64(State.cr3, true);
    const paging = { ...this.#paging, cr3, isAlignmentChecked: whose !== 'system' && this.#viewing.isChecked };
    const isUser = whose === 'program' ? this.#viewing.isUser : whose === 'user';
    const found = translate(paging, this.#tables, linear, access, isUser);
    return this.#ram.isWrapped && typeof found !== 'number' ? { ...found, physical: this.#ram.reached(found.physical) } : found;
  }

  #open(linear: bigint, bytes: number, access: 'read' | 'write', segment: number): number {
    if (!this.#viewing.isAddress(linear, bytes)) {
      return this.#fault(isStack(segment) ? Vector.ss : Vector.gp, 0);
    }
    if (!this.#viewing.isAligned(linear, bytes)) return this.#fault(Vector.ac, 0);
    const inFirst = pageBytes - inPage(linear);
    const first = this.#translate(linear, access);
    if (typeof first === 'number') return this.#fault(Vector.pf, first, linear);
    this.breakpoints.touch(linear, bytes, access, this.#isRead);
    if (inFirst >= bytes) return this.#within(linear, bytes, access, first);
    const behind = BigInt.asUintN(64, linear + BigInt(inFirst));
    const second = this.#translate(behind, access);
    if (typeof second === 'number') return this.#fault(Vector.pf, second, behind);
    return this.#together([first.physical, second.physical, inFirst], bytes);
  }

  /** Where the program has an address. Undefined where that faults, or has to be looked at. */
  reach(linear: bigint, access: Access): Translation | undefined {
    if (!this.#viewing.isAddress(linear, 1) || this.#viewing.viewer === 'aligned') return undefined;
    const found = this.#translate(linear, access);
    return typeof found === 'number' ? undefined : found;
  }

  #within(linear: bigint, bytes: number, access: 'read' | 'write', found: Translation): number {
    const { physical } = found;
    const place = this.#plainPage(found, access);
    if (place === undefined) return this.#together([physical, physical + bytes, bytes], bytes);
    if (access === 'write') this.#ram.readers.spoil(physical, bytes);
    this.#note(linear, place, access, this.#viewing.viewer, found);
    return place + inPage(linear);
  }

  /** Where its page is in linear memory; undefined of one that is no memory. */
  #plainPage({ physical }: Translation, access: 'read' | 'write'): number | undefined {
    return this.window?.has(physical) ? undefined : this.#ram.pageOf(pageOf(physical) * pageBytes, access);
  }

  /** Has handlers find a page that was found, unless somebody watches what is touched. */
  #note(linear: bigint, place: number | undefined, access: 'read' | 'write', viewer: Viewer, found: Translation): void {
    if (place === undefined || this.breakpoints.areOn) return;
    if (this.#cache.isFull) this.flush();
    this.#cache.note(linear, place, 'read', viewer, found);
    const page = pageOf(found.physical);
    // Beside code each write is looked at.
    const isFree = access === 'write' && !this.#ram.readers.hasCode(page);
    if (isFree && found.isWritable) this.#cache.note(linear, place, 'write', viewer, found);
    this.#walked.note(page, place, isFree);
  }

  /** Puts bytes of two places together. */
  #together(parts: readonly [first: number, second: number, inFirst: number], bytes: number): number {
    this.#bounced = parts;
    const [first, second, inFirst] = parts;
    this.#bring(first, inFirst, this.#bounce);
    this.#bring(second, bytes - inFirst, this.#bounce + inFirst);
    return this.#bounce;
  }

  /** Registers are read only where somebody wants to know. */
  #bring(physical: number, bytes: number, to: number): void {
    if (bytes > 0 && (this.#isRead || !this.window?.has(physical))) this.#ram.bytes.set(this.#bytesAt(physical, bytes), to);
  }

  #close(bytes: number): void {
    const [first, second, inFirst] = this.#bounced;
    const written = this.#ram.bytes.slice(this.#bounce, this.#bounce + bytes);
    this.#write(first, written.subarray(0, inFirst));
    this.#write(second, written.subarray(inFirst));
  }

  /** Nothing there takes no notice, as an undriven bus does. */
  #write(physical: number, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const { window } = this;
    if (window?.has(physical)) {
      this.underWay.outside(() => window.write(physical, bytes));
      return;
    }
    const place = this.#ram.placeOf(physical, bytes.length, 'write');
    if (place === undefined) return;
    this.#ram.readers.spoil(physical, bytes.length);
    this.#ram.bytes.set(bytes, place);
  }

  /** Nothing there reads as all ones. */
  #bytesAt(physical: number, bytes: number): Uint8Array {
    const { window } = this;
    if (bytes > 0 && window?.has(physical)) return this.underWay.outside(() => window.read(physical, bytes));
    const place = this.#ram.placeOf(physical, bytes);
    return place === undefined ? new Uint8Array(bytes).fill(0xff) : this.#ram.bytes.subarray(place, place + bytes);
  }

  #fault(vector: number, code: number, address?: bigint): number {
    noteFault(this.#state, new Fault(vector, code, address));
    return 0;
  }
}
