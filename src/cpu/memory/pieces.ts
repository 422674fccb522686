/** Strings that are moved to or from registers of devices in one piece, where the device takes pieces: step by step each element costs a walk of page tables, and two ways to the host and back. */
import type { Breakpoints } from '../control/breakpoints.ts';
import type { Access, Translation } from './paging.ts';
import type { Ram } from './ram.ts';
import type { UnderWay } from './under-way.ts';
import { isPiecewise, type Piecewise, type Window } from './window.ts';

const pageBytes = 4096;

export interface PiecesParts {
  readonly ram: Ram;
  readonly underWay: UnderWay;
  readonly breakpoints: Breakpoints;
  window(): Window | undefined;
  /** Where bytes of one page are that the program may touch so; undefined where a step must see to it. */
  reach(linear: bigint, access: Access): Translation | undefined;
}

export class Pieces {
  readonly #parts: PiecesParts;
  readonly #piece = new Uint8Array(pageBytes);

  constructor(parts: PiecesParts) {
    this.#parts = parts;
  }

  /** What handlers call: isa's derive/interpret/binding.ts. */
  readonly functions = {
    fill: (linear: bigint, value: bigint, bytes: number, count: number, record: number): number =>
      this.#fill(BigInt.asUintN(64, linear), value, bytes, count, record) ? count : 0,
    copy: (to: bigint, from: bigint, bytes: number, count: number, record: number): number =>
      this.#copy(BigInt.asUintN(64, to), BigInt.asUintN(64, from), bytes, count, record) ? count : 0,
  };

  #fill(linear: bigint, value: bigint, bytes: number, count: number, record: number): boolean {
    const window = this.#windowFor(record);
    const to = window && this.#parts.reach(linear, 'write')?.physical;
    const all = bytes * count;
    if (to === undefined || window?.hasPiece(to, all) !== true) return false;
    const piece = this.#piece.subarray(0, all);
    for (let at = 0; at < bytes; at++) piece[at] = Number((value >> BigInt(8 * at)) & 0xffn);
    for (let done = bytes; done < all; done *= 2) piece.copyWithin(done, 0, done);
    this.#write(window, to, piece);
    return true;
  }

  #copy(toLinear: bigint, fromLinear: bigint, bytes: number, count: number, record: number): boolean {
    const window = this.#windowFor(record);
    const from = window && this.#parts.reach(fromLinear, 'read')?.physical;
    const to = window && this.#parts.reach(toLinear, 'write')?.physical;
    if (window === undefined || from === undefined || to === undefined) return false;
    const { ram } = this.#parts;
    const all = bytes * count;
    const [isFrom, isTo] = [window.hasPiece(from, all), window.hasPiece(to, all)];
    if (isFrom && isTo) {
      // What is read may change what is written then: as a VGA's latches do.
      const element = this.#piece.subarray(0, bytes);
      for (let at = 0; at < all; at += bytes) {
        this.#read(window, from + at, element);
        this.#write(window, to + at, element);
      }
      return true;
    }
    const place = isFrom ? ram.placeOf(to, all, 'write') : ram.placeOf(from, all);
    if (place === undefined || !(isTo || isFrom) || window.has(isTo ? from : to)) return false;
    const memory = ram.bytes.subarray(place, place + all);
    if (isTo) this.#write(window, to, memory);
    // Beside code each write is looked at.
    else if (ram.readers.hasCode(Math.floor(to / pageBytes))) return false;
    else this.#read(window, from, memory);
    return true;
  }

  #read(window: Piecewise, physical: number, into: Uint8Array): void {
    this.#parts.underWay.outside(() => window.readPiece(physical, into));
  }

  #write(window: Piecewise, physical: number, bytes: Uint8Array): void {
    this.#parts.underWay.outside(() => window.writePiece(physical, bytes));
  }

  /** Undefined where each access is somebody's to see. */
  #windowFor(record: number): (Window & Piecewise) | undefined {
    const { breakpoints, underWay } = this.#parts;
    const window = this.#parts.window();
    if (breakpoints.areOn || window === undefined || !isPiecewise(window)) return undefined;
    underWay.note(record);
    return window;
  }
}
