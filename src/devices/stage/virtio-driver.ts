/** The driver's side of a queue, in the memory of a stage: VIRTIO 1.3, 2.7.13 and 2.8.21. */
import type { Ram } from './ram.ts';

/** A piece of a buffer; `isWritten`: by the device. */
export interface Piece {
  readonly at: number;
  readonly bytes: number;
  readonly isWritten?: boolean;
}

export interface Given {
  /** Of what was made available. */
  readonly id: number;
  readonly written: number;
}

export interface DriverQueue {
  /** Makes pieces available as one buffer, without telling. Returns its id. */
  offer(pieces: readonly Piece[]): number;
  /** The same by a table at an address. */
  offerTable(at: number, pieces: readonly Piece[]): number;
  /** Makes pieces available, and tells. */
  send(...pieces: readonly Piece[]): number;
  /** What was given back next. */
  take(): Given | undefined;
  /** Wants to be told when what was made available as the so-manieth since the beginning is given back. */
  set event(index: number);
  /** Never wants to be told. */
  set isQuiet(isQuiet: boolean);
  /** What was made available as the so-manieth the device wants to be told of; of a packed queue within its size. */
  get deviceEvent(): number;
}

/** Between descriptors, what the driver writes, and what the device writes. */
export const partBytes = 0x1000;
const Flag = { next: 1, write: 2, indirect: 4, available: 0x80, used: 0x8000 } as const;

abstract class Driver {
  readonly ram: Ram;
  readonly at: number;
  readonly size: number;
  readonly #ring: () => void;

  constructor(ram: Ram, at: number, size: number, ring: () => void) {
    this.ram = ram;
    this.at = at;
    this.size = size;
    this.#ring = ring;
  }

  abstract offer(pieces: readonly Piece[]): number;

  send(...pieces: readonly Piece[]): number {
    const id = this.offer(pieces);
    this.#ring();
    return id;
  }

  /** A descriptor at an address; its last two words are another way round in a packed queue. */
  describe(at: number, { at: place, bytes, isWritten = false }: Piece, flags: number, other = 0, isPacked = false): void {
    const { view } = this.ram;
    view.setBigUint64(at, BigInt(place), true);
    view.setUint32(at + 8, bytes, true);
    const all = flags | (isWritten ? Flag.write : 0);
    view.setUint16(at + 12, isPacked ? other : all, true);
    view.setUint16(at + 14, isPacked ? all : other, true);
  }
}

export class SplitDriver extends Driver implements DriverQueue {
  #free = 0;
  #available = 0;
  #seen = 0;

  offer(pieces: readonly Piece[]): number {
    const head = this.#free;
    for (const [index, piece] of pieces.entries()) {
      const isLast = index === pieces.length - 1;
      const next = (this.#free + 1) % this.size;
      this.describe(this.at + 16 * this.#free, piece, isLast ? 0 : Flag.next, isLast ? 0 : next);
      this.#free = next;
    }
    this.offerHead(head);
    return head;
  }

  offerTable(at: number, pieces: readonly Piece[]): number {
    for (const [index, piece] of pieces.entries()) {
      const isLast = index === pieces.length - 1;
      this.describe(at + 16 * index, piece, isLast ? 0 : Flag.next, isLast ? 0 : index + 1);
    }
    const head = this.#free;
    this.describe(this.at + 16 * head, { at, bytes: 16 * pieces.length }, Flag.indirect);
    this.#free = (this.#free + 1) % this.size;
    this.offerHead(head);
    return head;
  }

  /** Whatever is there. */
  offerHead(head: number): void {
    const { view } = this.ram;
    const avail = this.at + partBytes;
    view.setUint16(avail + 4 + 2 * (this.#available % this.size), head, true);
    this.#available = (this.#available + 1) & 0xffff;
    view.setUint16(avail + 2, this.#available, true);
  }

  take(): Given | undefined {
    const { view } = this.ram;
    const used = this.at + 2 * partBytes;
    if (view.getUint16(used + 2, true) === this.#seen) return undefined;
    const entry = used + 4 + 8 * (this.#seen % this.size);
    this.#seen = (this.#seen + 1) & 0xffff;
    return { id: view.getUint32(entry, true), written: view.getUint32(entry + 4, true) };
  }

  set event(index: number) {
    this.ram.view.setUint16(this.at + partBytes + 4 + 2 * this.size, index, true);
  }

  set isQuiet(isQuiet: boolean) {
    this.ram.view.setUint16(this.at + partBytes, isQuiet ? 1 : 0, true);
  }

  get deviceEvent(): number {
    return this.ram.view.getUint16(this.at + 2 * partBytes + 4 + 8 * this.size, true);
  }
}

export class PackedDriver extends Driver implements DriverQueue {
  #next = 0;
  #isOdd = true;
  #seen = 0;
  #isSeenOdd = true;
  #id = 0;
  /** How many descriptors each has, by its id. */
  readonly #slots = new Map<number, number>();

  offer(pieces: readonly Piece[]): number {
    const id = this.#id++ & 0xffff;
    this.#slots.set(id, pieces.length);
    for (const [index, piece] of pieces.entries()) this.offerOne(piece, index === pieces.length - 1 ? 0 : Flag.next, id);
    return id;
  }

  offerTable(at: number, pieces: readonly Piece[]): number {
    for (const [index, piece] of pieces.entries()) this.describe(at + 16 * index, piece, 0, 0, true);
    const id = this.#id++ & 0xffff;
    this.#slots.set(id, 1);
    this.offerOne({ at, bytes: 16 * pieces.length }, Flag.indirect, id);
    return id;
  }

  /** Whatever is meant by it. */
  offerOne(piece: Piece, flags: number, id: number): void {
    this.describe(this.at + 16 * this.#next, piece, flags | (this.#isOdd ? Flag.available : Flag.used), id, true);
    this.#next = (this.#next + 1) % this.size;
    if (this.#next === 0) this.#isOdd = !this.#isOdd;
  }

  take(): Given | undefined {
    const { view } = this.ram;
    const at = this.at + 16 * this.#seen;
    const flags = view.getUint16(at + 14, true);
    if (((flags & Flag.available) !== 0) !== this.#isSeenOdd || ((flags & Flag.used) !== 0) !== this.#isSeenOdd) return undefined;
    const given = { id: view.getUint16(at + 12, true), written: view.getUint32(at + 8, true) };
    const next = this.#seen + (this.#slots.get(given.id) ?? 1);
    this.#seen = next % this.size;
    if (next >= this.size) this.#isSeenOdd = !this.#isSeenOdd;
    return given;
  }

  set event(index: number) {
    const isOdd = Math.floor(index / this.size) % 2 === 0;
    this.ram.view.setUint16(this.at + partBytes, (index % this.size) | (isOdd ? 0x8000 : 0), true);
    this.ram.view.setUint16(this.at + partBytes + 2, 2, true);
  }

  set isQuiet(isQuiet: boolean) {
    this.ram.view.setUint16(this.at + partBytes + 2, isQuiet ? 1 : 0, true);
  }

  get deviceEvent(): number {
    return this.ram.view.getUint16(this.at + 2 * partBytes, true) & 0x7fff;
  }
}
