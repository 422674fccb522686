/** A board with a virtio device, and a driver for it as guests have them: VIRTIO 1.3, 3.1. */
import { PciBoard } from './pci-board.ts';

const [device, region, messages] = [3, 0xe000_0000, 0xfee0_0000];
const [isr, own, notify, table] = [0x1000, 0x2000, 0x3000, 0x4000];
export const Status = { acknowledge: 1, driver: 2, driverOk: 4, featuresOk: 8, needsReset: 0x40 } as const;
export const Feature = { indirect: 28, eventIndex: 29, version1: 32, packed: 34, ringReset: 40 } as const;
/** Where queues are, and where there is nothing else. */
const queuesAt = 0x1_0000;
const queueBytes = 0x4000;
export const dataAt = 0x8_0000;

/** A piece of a buffer; `written`: by the device. */
export interface Piece {
  readonly at: number;
  readonly bytes: number;
  readonly isWritten?: boolean;
}

export class VirtioBoard extends PciBoard {
  readonly slot = this.bus.slot(device);

  /** Has its region answer, and moves what it is told to. */
  place(): void {
    this.writeConfig(device, 0, 0x10, region, 4);
    this.writeConfig(device, 0, 4, 6, 2);
  }

  config(at: number, bytes: 1 | 2 | 4): number {
    return this.readConfig(device, 0, at, bytes);
  }

  setConfig(at: number, value: number, bytes: 1 | 2 | 4): void {
    this.writeConfig(device, 0, at, value, bytes);
  }

  get(offset: number, bytes: 1 | 2 | 4): number {
    return this.addresses.read(region + offset, bytes);
  }

  set(offset: number, value: number, bytes: 1 | 2 | 4): void {
    this.addresses.write(region + offset, value, bytes);
  }

  get isr(): number {
    return this.get(isr, 1);
  }

  /** Of its own configuration. */
  own(at: number, bytes: 1 | 2 | 4): number {
    return this.get(own + at, bytes);
  }

  get status(): number {
    return this.get(0x14, 1);
  }

  set status(value: number) {
    this.set(0x14, value, 1);
  }

  /** What is offered. */
  get features(): ReadonlySet<number> {
    const bits = new Set<number>();
    for (const half of [0, 1]) {
      this.set(0, half, 4);
      const value = this.get(4, 4);
      for (let bit = 0; bit < 32; bit++) if (((value >>> bit) & 1) !== 0) bits.add(32 * half + bit);
    }
    return bits;
  }

  accept(features: readonly number[]): void {
    for (const half of [0, 1]) {
      this.set(8, half, 4);
      this.set(
        0xc,
        features.reduce((value, bit) => (bit >> 5 === half ? (value | (1 << (bit & 31))) >>> 0 : value), 0),
        4,
      );
    }
  }

  /** As far as a driver goes before its queues. Returns its status. */
  negotiate(features: readonly number[] = []): number {
    this.status = 0;
    this.status = Status.acknowledge | Status.driver;
    this.accept([Feature.version1, ...features]);
    this.status = Status.acknowledge | Status.driver | Status.featuresOk;
    return this.status;
  }

  /** Has all messages sent: vector n as data n. */
  message(vectors: number): void {
    this.writeConfig(device, 0, 0x42, 0x8000, 2);
    for (let vector = 0; vector < vectors; vector++) {
      this.set(table + 16 * vector, messages, 4);
      this.set(table + 16 * vector + 8, vector, 4);
      this.set(table + 16 * vector + 12, 0, 4);
    }
  }

  begin(): void {
    this.status |= Status.driverOk;
  }

  /** A queue of so many entries, whose message is its number and one. */
  queue(index: number, size: number): DriverQueue {
    const at = queuesAt + index * queueBytes;
    this.ram.bytes.fill(0, at, at + queueBytes);
    this.set(0x16, index, 2);
    this.set(0x18, size, 2);
    this.set(0x1a, index + 1, 2);
    for (const [part, from] of [at, at + 0x1000, at + 0x2000].entries()) {
      this.set(0x20 + 8 * part, from, 4);
      this.set(0x24 + 8 * part, 0, 4);
    }
    this.set(0x1c, 1, 2);
    return new DriverQueue(this, index, size, at);
  }

  ring(index: number): void {
    this.set(notify + 4 * index, index, 2);
  }

  /** Places with these bytes, as a piece that the device reads. */
  put(at: number, ...bytes: readonly number[]): Piece {
    this.ram.bytes.set(bytes, at);
    return { at, bytes: bytes.length };
  }

  bytes(at: number, count: number): number[] {
    return [...this.ram.bytes.subarray(at, at + count)];
  }
}

/** The driver's side of a split queue: 2.7. */
export class DriverQueue {
  readonly #board: VirtioBoard;
  readonly #index: number;
  readonly #size: number;
  readonly #at: number;
  #free = 0;
  #available = 0;
  #seen = 0;

  constructor(board: VirtioBoard, index: number, size: number, at: number) {
    this.#board = board;
    this.#index = index;
    this.#size = size;
    this.#at = at;
  }

  get #view(): DataView {
    return this.#board.ram.view;
  }

  /** Writes a descriptor at an address. */
  describe(at: number, { at: place, bytes, isWritten = false }: Piece, flags = 0, next = 0): void {
    const view = this.#view;
    view.setBigUint64(at, BigInt(place), true);
    view.setUint32(at + 8, bytes, true);
    view.setUint16(at + 12, flags | (isWritten ? 2 : 0), true);
    view.setUint16(at + 14, next, true);
  }

  /** A chain in the queue's table. Returns its head. */
  chain(pieces: readonly Piece[]): number {
    const head = this.#free;
    for (const [index, piece] of pieces.entries()) {
      const isLast = index === pieces.length - 1;
      const next = (this.#free + 1) % this.#size;
      this.describe(this.#at + 16 * this.#free, piece, isLast ? 0 : 1, isLast ? 0 : next);
      this.#free = next;
    }
    return head;
  }

  /** A chain in a table of its own, at an address. */
  indirect(at: number, pieces: readonly Piece[]): number {
    for (const [index, piece] of pieces.entries())
      this.describe(at + 16 * index, piece, index === pieces.length - 1 ? 0 : 1, index === pieces.length - 1 ? 0 : index + 1);
    const head = this.#free;
    this.describe(this.#at + 16 * head, { at, bytes: 16 * pieces.length }, 4);
    this.#free = (this.#free + 1) % this.#size;
    return head;
  }

  /** Makes a chain available, without telling. */
  offer(head: number): void {
    const avail = this.#at + 0x1000;
    this.#view.setUint16(avail + 4 + 2 * (this.#available % this.#size), head, true);
    this.#available = (this.#available + 1) & 0xffff;
    this.#view.setUint16(avail + 2, this.#available, true);
  }

  /** Makes pieces available, and tells. Returns their head. */
  send(...pieces: readonly Piece[]): number {
    const head = this.chain(pieces);
    this.offer(head);
    this.#board.ring(this.#index);
    return head;
  }

  /** What was given back next: which chain, and how many bytes were written. */
  take(): { readonly head: number; readonly written: number } | undefined {
    const used = this.#at + 0x2000;
    if (this.#view.getUint16(used + 2, true) === this.#seen) return undefined;
    const entry = used + 4 + 8 * (this.#seen % this.#size);
    this.#seen = (this.#seen + 1) & 0xffff;
    return { head: this.#view.getUint32(entry, true), written: this.#view.getUint32(entry + 4, true) };
  }

  /** When the driver wants to be told: with that entry of those given back, or, without event index, ever. */
  set event(index: number) {
    this.#view.setUint16(this.#at + 0x1000 + 4 + 2 * this.#size, index, true);
  }

  set isQuiet(isQuiet: boolean) {
    this.#view.setUint16(this.#at + 0x1000, isQuiet ? 1 : 0, true);
  }

  /** With which entry of those made available the device wants to be told. */
  get deviceEvent(): number {
    return this.#view.getUint16(this.#at + 0x2000 + 4 + 8 * this.#size, true);
  }
}
