/** Puts things into memory: segments, modules, and what a program is told. */
import type { Ram } from '../../cpu/index.ts';
import type { Range } from '../layout.ts';
import type { Segment } from './elf.ts';
import { type Misfit, type Module, roomEnd, type Surveyed } from './given.ts';

/** With zeros behind what the file has. Where one doesn't fit nothing is changed: firmware's own place is no room for it. */
export const placeSegments = (ram: Ram, segments: readonly Segment[]): Misfit | undefined => {
  const lost = segments.find(({ at, bytes }) => ram.placeOf(at, bytes, 'write') === undefined);
  if (lost !== undefined) return { misfit: 'place', bytes: lost.at };
  for (const { at, data, bytes } of segments) {
    ram.write(at, data);
    ram.fill(at + data.length, bytes - data.length);
  }
  return undefined;
};

/** Behind what is begun with. Returns where each is. */
export const placeModules = (ram: Ram, surveyed: Surveyed, modules: readonly Module[], from: number): readonly Range[] | Misfit => {
  const ranges = rangesOf(modules, from);
  const end = ranges.at(-1)?.end ?? from;
  if (end > roomEnd(surveyed)) return { misfit: 'memory', bytes: end };
  for (const [index, { begin }] of ranges.entries()) ram.write(begin, modules[index]?.bytes ?? new Uint8Array());
  return ranges;
};

/** Below the adapters, where a PC's firmware leaves room and no segment is: the first of these, which begin so many bytes. Undefined where there is none. */
export const roomBeside = (segments: readonly Segment[], bytes: number, ...firsts: readonly number[]): number | undefined =>
  [...firsts, 0x9_0000, 0x8_0000, 0x7_0000, 0x6_0000, 0x5_0000, 0x4_0000, 0x3_0000, 0x2_0000, 0x1_0000].find((begin) =>
    segments.every(({ at, bytes: length }) => at >= begin + bytes || at + length <= begin),
  );

const pageBytes = 4096;

/** Each from a page on, one behind the other. */
const rangesOf = (modules: readonly Module[], from: number): readonly Range[] => {
  let at = from;
  return modules.map(({ bytes }) => {
    const begin = Math.ceil(at / pageBytes) * pageBytes;
    at = begin + bytes.length;
    return { begin, end: at };
  });
};

/** Bytes one behind the other in a piece of memory, each from a multiple of eight on. */
export class Pieces {
  readonly #ram: Ram;
  readonly #end: number;
  #at: number;

  constructor(ram: Ram, begin: number, end: number) {
    this.#ram = ram;
    this.#at = begin;
    this.#end = end;
  }

  /** Where the next would be. */
  get at(): number {
    return this.#at;
  }

  get left(): number {
    return this.#end - this.#at;
  }

  /** Returns where it is. Throws a RangeError where there is no room. */
  put(bytes: Uint8Array): number {
    const at = this.#at;
    if (bytes.length > this.left) throw new RangeError(`${bytes.length} bytes don't fit into ${this.left}`);
    this.#ram.write(at, bytes);
    this.#at = Math.ceil((at + bytes.length) / 8) * 8;
    return at;
  }

  /** With a zero behind it. */
  putText(text: Uint8Array): number {
    return this.put(Uint8Array.of(...text, 0));
  }
}

/** What they take with their zero. */
export const textBytes = (text: Uint8Array): number => Math.ceil((text.length + 1) / 8) * 8;

/** How a program is told by whom it was loaded. */
export const loaderName = Uint8Array.from('isola', (letter) => letter.charCodeAt(0));
