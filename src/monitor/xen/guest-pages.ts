/** The guest's memory as Xen has it: by frames, of which only some are there; and words in it. */
import { type Gpa, gpa, type Memory } from '../../machine/index.ts';
import { pageBytes } from './numbers.ts';

export interface PageWires {
  readonly memory: Memory;
  /** Whether all of a page is memory that is read and written. */
  readonly isThere: (at: number) => boolean;
  /** Memory itself, to be looked at, or written at once; undefined where it lies in more than one piece, or nowhere. */
  readonly piece: (at: number, bytes: number, access: 'read' | 'write') => Uint8Array | undefined;
  /** A word of 32 bits. */
  readonly word: (at: number) => number;
}

/** Frames beyond have no address. */
const frames = 2n ** 40n;

export class GuestPages {
  readonly #wires: PageWires;
  readonly #word = new DataView(new ArrayBuffer(8));
  readonly #parts = [1, 2, 4, 8].map((bytes) => new Uint8Array(this.#word.buffer, 0, bytes));

  constructor(wires: PageWires) {
    this.#wires = wires;
  }

  /** Where a frame begins; undefined where no memory is. */
  frame(number: bigint): Gpa | undefined {
    const at = this.address(number);
    return at !== undefined && this.#wires.isThere(at) ? at : undefined;
  }

  /** The same of a number of 32 bits. */
  frameAt(number: number): Gpa | undefined {
    const at = gpa(number * pageBytes);
    return this.#wires.isThere(at) ? at : undefined;
  }

  /** Where a frame would begin, whether memory is there or not. */
  address(number: bigint): Gpa | undefined {
    return number < frames ? gpa(Number(number) * pageBytes) : undefined;
  }

  /** An address within a page. */
  within(page: Gpa, offset: number): Gpa {
    return gpa(page + offset);
  }

  read(at: number, into: Uint8Array): void {
    this.#wires.memory.read(gpa(at), into);
  }

  write(at: number, bytes: Uint8Array): void {
    this.#wires.memory.write(gpa(at), bytes);
  }

  /** Memory itself, until this is left: to be looked at, or written at once. Undefined where it lies in more than one piece, or nowhere. */
  piece(at: number, bytes: number, access: 'read' | 'write'): Uint8Array | undefined {
    return this.#wires.piece(at, bytes, access);
  }

  copy(at: number, bytes: number): Uint8Array {
    const copy = new Uint8Array(bytes);
    this.read(at, copy);
    return copy;
  }

  u8(at: number): number {
    this.#get(at, 0);
    return this.#word.getUint8(0);
  }

  u16(at: number): number {
    this.#get(at, 1);
    return this.#word.getUint16(0, true);
  }

  u32(at: number): number {
    return this.#wires.word(at);
  }

  setU8(at: number, value: number): void {
    this.#word.setUint8(0, value);
    this.#put(at, 0);
  }

  setU16(at: number, value: number): void {
    this.#word.setUint16(0, value, true);
    this.#put(at, 1);
  }

  setU32(at: number, value: number): void {
    this.#word.setUint32(0, value, true);
    this.#put(at, 2);
  }

  #get(at: number, part: number): void {
    const into = this.#parts[part];
    if (into !== undefined) this.read(at, into);
  }

  #put(at: number, part: number): void {
    const from = this.#parts[part];
    if (from !== undefined) this.write(at, from);
  }
}
