/** What lies where: windows of devices on the ports, and on physical addresses that are no memory. */
import type { Gpa, Port } from './units.ts';

export type Width = 1 | 2 | 4;

/** Offsets are relative to where it is mapped, so a device never learns its own address. Values are unsigned. */
export interface Window extends Partial<Piecewise> {
  read(offset: number, bytes: Width): number;
  write(offset: number, value: number, bytes: Width): void;
}

/** A window whose accesses, however wide, are as many of a byte each, the lowest first, and touch nothing else: so they may come many at once. */
export interface Piecewise {
  readPiece(offset: number, into: Uint8Array): void;
  writePiece(offset: number, bytes: Uint8Array): void;
}

/** Registers of one byte each, as those of the chips on an 8-bit bus. */
export interface ByteWindow {
  read(offset: number): number;
  write(offset: number, value: number): void;
}

/** Wider accesses meet one register after the other, the lowest first. */
export const bytewise = (registers: ByteWindow): Window => ({
  read: (offset, bytes) => {
    let value = 0;
    for (let at = 0; at < bytes; at++) value += registers.read(offset + at) * 2 ** (8 * at);
    return value;
  },
  write: (offset, value, bytes) => {
    for (let at = 0; at < bytes; at++) registers.write(offset + at, Math.floor(value / 2 ** (8 * at)) & 0xff);
  },
});

/** What an undriven bus reads as: all ones. */
export const undriven = (bytes: Width): number => 2 ** (8 * bytes) - 1;

interface Mapping {
  readonly from: number;
  readonly end: number;
  readonly window: Window;
  readonly name: string | undefined;
}

export class Bus<Address extends Gpa | Port> {
  #mappings: readonly Mapping[] = [];
  #last: Mapping | undefined;

  /** Disposing unmaps it; `name` is for people. Throws a RangeError where something is mapped already. */
  map(at: Address, bytes: number, window: Window, name?: string): Disposable {
    const mapping: Mapping = { from: at, end: at + bytes, window, name };
    const other = this.#mappings.find(({ from, end }) => from < mapping.end && at < end);
    if (other !== undefined) throw new RangeError(`${place(mapping)} overlaps ${place(other)}`);
    this.#mappings = [...this.#mappings, mapping].toSorted((a, b) => a.from - b.from);
    return {
      [Symbol.dispose]: () => {
        this.#mappings = this.#mappings.filter((one) => one !== mapping);
        if (this.#last === mapping) this.#last = undefined;
      },
    };
  }

  /** Whether something can be mapped there. */
  isFree(at: Address, bytes: number): boolean {
    return this.#mappings.every(({ from, end }) => from >= at + bytes || at >= end);
  }

  /** What is there, as people call it; undefined where nothing is, or nothing with a name. */
  nameAt(at: number): string | undefined {
    return this.#find(at)?.name;
  }

  has(at: number): boolean {
    return this.#find(at) !== undefined;
  }

  /** What goes beyond the end of a window is read byte by byte. */
  read(at: number, bytes: Width): number {
    const found = this.#find(at);
    if (found !== undefined && at + bytes <= found.end) return found.window.read(at - found.from, bytes);
    if (bytes === 1) return undriven(1);
    let value = 0;
    for (let byte = 0; byte < bytes; byte++) value += this.read(at + byte, 1) * 2 ** (8 * byte);
    return value;
  }

  write(at: number, value: number, bytes: Width): void {
    const found = this.#find(at);
    if (found !== undefined && at + bytes <= found.end) found.window.write(at - found.from, value, bytes);
    else if (bytes > 1) for (let byte = 0; byte < bytes; byte++) this.write(at + byte, Math.floor(value / 2 ** (8 * byte)) & 0xff, 1);
  }

  /** Whether all of those bytes are in one window that takes pieces. */
  hasPiece(at: number, bytes: number): boolean {
    const found = this.#find(at);
    return found !== undefined && at + bytes <= found.end && found.window.writePiece !== undefined;
  }

  /** Only where `hasPiece` says that it may. */
  readPiece(at: number, into: Uint8Array): void {
    const found = this.#find(at);
    found?.window.readPiece?.(at - found.from, into);
  }

  writePiece(at: number, bytes: Uint8Array): void {
    const found = this.#find(at);
    found?.window.writePiece?.(at - found.from, bytes);
  }

  /** Most accesses go where the last one went. */
  #find(at: number): Mapping | undefined {
    const last = this.#last;
    if (last !== undefined && at >= last.from && at < last.end) return last;
    let [low, high] = [0, this.#mappings.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const mapping = this.#mappings[middle];
      if (mapping === undefined) return undefined;
      if (at < mapping.from) high = middle;
      else if (at >= mapping.end) low = middle + 1;
      else {
        this.#last = mapping;
        return mapping;
      }
    }
    return undefined;
  }
}

const place = ({ from, end }: Mapping): string => `0x${from.toString(16)} to 0x${(end - 1).toString(16)}`;
