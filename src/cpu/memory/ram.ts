/** Guest memory: physical addresses from 0, within the interpreter's linear memory, where the processors on it have their homes. */
import { engine, Homes, type Memory } from '../../isa/index.ts';
import { Readers } from '../code/readers.ts';
import { type Home, homeOf, recordBytes } from './home.ts';
import type { Physical } from './paging.ts';

const pageBytes = 65_536;
const align = (value: number): number => Math.ceil(value / pageBytes) * pageBytes;

/** Homes there are. */
export const mostProcessors = Homes.end / Homes.each;

export class Ram implements Physical {
  readonly memory: Memory;
  readonly view: DataView;
  readonly bytes: Uint8Array;
  /** Where physical address 0 is in linear memory. */
  readonly begin: number;
  readonly sizeBytes: number;
  /** Who runs its code. */
  readonly readers = new Readers();
  readonly #processors: number;
  #settled = 0;

  /** For so many processors. Throws a RangeError where the engine has not so much memory. */
  constructor(sizeBytes: number, processors = 1) {
    if (processors < 1 || processors > mostProcessors) throw new RangeError(`${processors} processors are not 1 to ${mostProcessors}`);
    this.sizeBytes = sizeBytes;
    this.#processors = processors;
    this.begin = Homes.end + recordBytes * processors;
    this.memory = new engine.Memory({ initial: align(this.begin + sizeBytes) / pageBytes });
    this.view = new DataView(this.memory.buffer);
    this.bytes = new Uint8Array(this.memory.buffer);
  }

  /** A home for one more processor. Throws where all are taken. */
  settle(): Home {
    if (this.#settled === this.#processors) throw new Error(`this memory is for ${this.#processors} processors`);
    return homeOf(this.memory.buffer, this.#settled++);
  }

  /** Place in linear memory of bytes that are all memory; undefined where they aren't. */
  placeOf(physical: number, bytes: number): number | undefined {
    return physical >= 0 && physical + bytes <= this.sizeBytes ? this.begin + physical : undefined;
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
    const place = this.placeOf(at, 4);
    if (place !== undefined) this.view.setUint32(place, value, true);
  }

  write64(at: number, value: bigint): void {
    const place = this.placeOf(at, 8);
    if (place !== undefined) this.view.setBigUint64(place, value, true);
  }

  /** Copies into guest memory. Throws a RangeError where that ends before they do. */
  write(at: number, from: Uint8Array): void {
    const place = this.placeOf(at, from.length);
    if (place === undefined) throw new RangeError(`${from.length} bytes at ${at} don't fit into ${this.sizeBytes} bytes of memory`);
    this.bytes.set(from, place);
  }
}
