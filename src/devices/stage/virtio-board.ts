/** A board with a virtio device, and a driver for it as guests have them: VIRTIO 1.3, 3.1. */
import { PciBoard } from './pci-board.ts';
import { type DriverQueue, PackedDriver, type Piece, partBytes, SplitDriver } from './virtio-driver.ts';

const [device, region, messages] = [3, 0xe000_0000, 0xfee0_0000];
const [isr, own, notify, table] = [0x1000, 0x2000, 0x3000, 0x4000];
export const Status = { acknowledge: 1, driver: 2, driverOk: 4, featuresOk: 8, needsReset: 0x40 } as const;
export const Feature = { indirect: 28, eventIndex: 29, version1: 32, packed: 34, ringReset: 40 } as const;
/** Where queues are, and where there is nothing else. */
const queuesAt = 0x1_0000;
const queueBytes = 0x4000;
export const dataAt = 0x8_0000;

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

  /** A queue of so many entries, of the kind that was agreed, whose message is its number and one. */
  queue(index: number, size: number): DriverQueue {
    const at = this.#enable(index, size);
    this.set(8, 1, 4);
    const isPacked = ((this.get(0xc, 4) >>> (Feature.packed - 32)) & 1) !== 0;
    const ring = (): void => this.ring(index);
    return isPacked ? new PackedDriver(this.ram, at, size, ring) : new SplitDriver(this.ram, at, size, ring);
  }

  /** One whose parts a test can spoil. */
  splitQueue(index: number, size: number): SplitDriver {
    return new SplitDriver(this.ram, this.#enable(index, size), size, () => this.ring(index));
  }

  packedQueue(index: number, size: number): PackedDriver {
    return new PackedDriver(this.ram, this.#enable(index, size), size, () => this.ring(index));
  }

  #enable(index: number, size: number): number {
    const at = queuesAt + index * queueBytes;
    this.ram.bytes.fill(0, at, at + queueBytes);
    this.set(0x16, index, 2);
    this.set(0x18, size, 2);
    this.set(0x1a, index + 1, 2);
    for (const [part, from] of [at, at + partBytes, at + 2 * partBytes].entries()) {
      this.set(0x20 + 8 * part, from, 4);
      this.set(0x24 + 8 * part, 0, 4);
    }
    this.set(0x1c, 1, 2);
    return at;
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
