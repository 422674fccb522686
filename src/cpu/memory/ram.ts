/** Guest memory: areas of physical addresses within the interpreter's linear memory, where the processors on it have their homes. */
import { engine, Homes, type Memory } from '../../isa/index.ts';
import { Readers } from '../code/readers.ts';
import { type Access, Area, type AreaPlan } from './area.ts';
import { type Home, homeOf, usualRecordBytes } from './home.ts';
import type { Physical } from './paging.ts';

const pageBytes = 65_536;
const guestPageBytes = 4096;
const align = (value: number): number => Math.ceil(value / pageBytes) * pageBytes;
/** Address line 20, which the first PCs had not. */
const a20 = 2 ** 20;

/** Homes there are. */
export const mostProcessors = Homes.end / Homes.each;

/** What isn't as usual. */
export interface Linear {
  /** For each processor's records of blocks: whole pages of 64 KiB. */
  readonly recordBytes?: number;
  /** All zeros, and as long as these need it; undefined: one is made. */
  readonly memory?: Memory | undefined;
}

export class Ram implements Physical {
  readonly memory: Memory;
  readonly view: DataView;
  readonly bytes: Uint8Array;
  /** Where the first area is in linear memory. */
  readonly begin: number;
  /** Of the first area. */
  readonly sizeBytes: number;
  /** In the order of their plans. */
  readonly areas: readonly Area[];
  /** Who runs its code. */
  readonly readers = new Readers();
  readonly #processors: number;
  readonly #recordBytes: number;
  /** The largest one, which others may only lie behind. */
  readonly #main: Area;
  #settled = 0;
  #isWrapped = false;

  /** From address 0 on, or by a plan, for so many processors. Throws a RangeError where the engine has not so much memory. */
  constructor(plan: number | readonly [AreaPlan, ...AreaPlan[]], processors = 1, { recordBytes = usualRecordBytes, memory }: Linear = {}) {
    if (processors < 1 || processors > mostProcessors) throw new RangeError(`${processors} processors are not 1 to ${mostProcessors}`);
    const plans = typeof plan === 'number' ? ([{ at: 0, bytes: plan, isWritable: true }] as const) : plan;
    this.#processors = processors;
    this.#recordBytes = recordBytes;
    this.begin = Homes.end + recordBytes * processors;
    let place = this.begin;
    this.areas = plans.map((one) => {
      const area = new Area(one, place);
      place = align(place + one.bytes);
      return area;
    });
    this.sizeBytes = plans[0].bytes;
    this.#main = mainOf(this.areas);
    this.memory = memory ?? new engine.Memory({ initial: place / pageBytes });
    this.view = new DataView(this.memory.buffer);
    this.bytes = new Uint8Array(this.memory.buffer);
  }

  /** What of the largest area that is read and written below 4 GiB no other one shares: where it is, physically and in linear memory. */
  get alone(): { readonly from: number; readonly end: number; readonly place: number } {
    const there = this.areas.flatMap((area) => (area.at === undefined ? [] : [{ area, from: area.at, end: area.at + area.bytes }]));
    const largest = there
      .filter(({ area, end }) => area.isReadable && area.isWritable && end <= 2 ** 32)
      .reduce((best, one) => (one.area.bytes > best.area.bytes ? one : best));
    const others = there.filter((one) => one !== largest && one.from < largest.end && one.end > largest.from);
    const from = Math.min(Math.max(largest.from, ...others.map(({ end }) => end)), largest.end);
    return { from, end: largest.end, place: largest.area.placeOf(from) };
  }

  /** A home for one more processor. Throws where all are taken. */
  settle(): Home {
    if (this.#settled === this.#processors) throw new Error(`this memory is for ${this.#processors} processors`);
    return homeOf(this.memory.buffer, this.#settled++, this.#recordBytes);
  }

  /** Whether addresses wrap at 1 MiB, and at each second one: line A20 is held low. */
  get isWrapped(): boolean {
    return this.#isWrapped;
  }

  set isWrapped(is: boolean) {
    if (is === this.#isWrapped) return;
    this.#isWrapped = is;
    this.readers.flush();
  }

  /** What an address of a processor's is on the bus. */
  reached(physical: number): number {
    return this.#isWrapped && Math.floor(physical / a20) % 2 === 1 ? physical - a20 : physical;
  }

  /** An area comes to lie elsewhere, or nowhere. */
  move(area: Area, at: number | undefined): void {
    if (area.at === at) return;
    this.#spoil(area);
    area.at = at;
    this.#spoil(area);
    this.readers.flush();
  }

  /** What of an area is reached: where it isn't, reads or writes meet what lies behind it, or nothing. */
  allow(area: Area, isReadable: boolean, isWritable: boolean): void {
    if (area.isReadable === isReadable && area.isWritable === isWritable) return;
    if (area.isReadable !== isReadable) this.#spoil(area);
    area.allow(isReadable, isWritable);
    this.readers.flush();
  }

  /** Code there is another one now. */
  #spoil({ at, bytes }: Area): void {
    if (at === undefined) return;
    for (let page = 0; page < bytes / guestPageBytes; page++) this.readers.spoil(at + page * guestPageBytes, guestPageBytes);
  }

  /** Place in linear memory of bytes that are all in one area, of several the first; undefined where they aren't, or where they can't be reached so. */
  placeOf(physical: number, bytes: number, access: Access = 'read'): number | undefined {
    if (this.#main.has(physical, bytes, access)) return this.#main.placeOf(physical);
    for (const area of this.areas) if (area.has(physical, bytes, access)) return area.placeOf(physical);
    return undefined;
  }

  /** The same of any number of bytes where no other area lies over them or behind them: else they may be in several, page by page. */
  placeAlone(physical: number, bytes: number, access: Access): number | undefined {
    const main = this.#main;
    if (main.has(physical, bytes, access)) return main.placeOf(physical);
    let place: number | undefined;
    for (const area of this.areas) {
      if (!area.meets(physical, bytes)) continue;
      if (place !== undefined || !area.has(physical, bytes, access)) return undefined;
      place = area.placeOf(physical);
    }
    return place;
  }

  /** Place of a page that reads and writes reach alike; undefined where writes go elsewhere, or nowhere. */
  pageOf(physical: number, access: Access): number | undefined {
    const place = this.placeOf(physical, guestPageBytes, access);
    return access === 'read' || place === this.placeOf(physical, guestPageBytes) ? place : undefined;
  }

  read32(at: number): number {
    const place = this.placeOf(at, 4);
    return place === undefined ? 0xffff_ffff : this.view.getUint32(place, true);
  }

  read64(at: number): bigint {
    const place = this.placeOf(at, 8);
    return place === undefined ? 0xffff_ffff_ffff_ffffn : this.view.getBigUint64(place, true);
  }

  write32(at: number, value: number): void {
    const place = this.placeOf(at, 4, 'write');
    if (place !== undefined) this.view.setUint32(place, value, true);
  }

  write64(at: number, value: bigint): void {
    const place = this.placeOf(at, 8, 'write');
    if (place !== undefined) this.view.setBigUint64(place, value, true);
  }

  /** Copies into guest memory, as who loads a program does: read-only areas take it, too. Throws a RangeError where it doesn't fit. */
  write(at: number, from: Uint8Array): void {
    const place = this.placeOf(at, from.length);
    if (place === undefined) throw new RangeError(`${from.length} bytes at ${at} don't fit into ${this.sizeBytes} bytes of memory`);
    this.bytes.set(from, place);
  }

  /** Likewise, zeros. */
  fill(at: number, bytes: number): void {
    const place = this.placeOf(at, bytes);
    if (place === undefined) throw new RangeError(`${bytes} bytes at ${at} don't fit into ${this.sizeBytes} bytes of memory`);
    this.bytes.fill(0, place, place + bytes);
  }
}

/** The first one, where an earlier one lies over the largest, or may come to. */
const mainOf = (areas: readonly Area[]): Area => {
  const [first] = areas;
  if (first === undefined) throw new RangeError('memory has no area');
  const largest = areas.reduce((best, one) => (one.at !== undefined && one.bytes > best.bytes ? one : best), first);
  const { at = 0, bytes } = largest;
  const isOver = areas.slice(0, areas.indexOf(largest)).some((one) => one.at === undefined || one.meets(at, bytes));
  return isOver ? first : largest;
};
