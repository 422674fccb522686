/** A virtio device as a PCI function: VIRTIO 1.3, 4.1. What it is a device of, who extends this says. */
import { type Field, part, type Schema, type StateOf, type Width, type Window } from '../../machine/index.ts';
import { Msix, msixFresh, msixSchema, PciFunction, type Slot } from '../pci/index.ts';
import { access, msixPlaceOf, virtioLayout } from './capabilities.ts';
import { CommonRegisters } from './common.ts';
import { Virtqueue } from './queue.ts';
import { Feature, Isr, notifyBytes, noVector, Place, regionBytes, Status } from './registers.ts';
import { freshVirtio, hasFeature, type VirtioState, virtioSchema } from './state.ts';

/** Where a card is put. */
export interface VirtioPlace {
  readonly slot: Slot;
  /** Whether its slot has other functions, too, and it is the first. */
  readonly isMultifunction?: boolean;
}

export interface VirtioKind<Own extends Schema> {
  /** Of the type of device: 5. */
  readonly id: number;
  readonly classCode: number;
  readonly queues: number;
  /** Of each queue, a power of two up to 1024. */
  readonly queueSize: number;
  /** What it offers beside what all do, by its bits. */
  readonly features: readonly number[];
  /** Bytes of its own configuration. */
  readonly configBytes: number;
  /** What it keeps beside what all do. */
  readonly own: Own;
}

export interface VirtioSchema<Own extends Schema> extends Schema {
  readonly config: Field<Uint8Array>;
  readonly table: Field<Uint8Array>;
  readonly waiting: Field<Uint8Array>;
  readonly virtio: Field<VirtioState>;
  readonly own: Field<StateOf<Own>>;
}

/** What those offer whose queues are busy. */
export const packedFeature = Feature.packed;

const common = [Feature.indirect, Feature.eventIndex, Feature.version1, Feature.ringReset];

export abstract class VirtioFunction<Own extends Schema> extends PciFunction<VirtioSchema<Own>> {
  readonly schema: VirtioSchema<Own>;
  protected state: StateOf<VirtioSchema<Own>>;
  protected readonly queues: readonly Virtqueue[];
  readonly #kind: VirtioKind<Own>;
  readonly #msix: Msix;
  readonly #common: CommonRegisters;

  protected constructor({ slot, isMultifunction = false }: VirtioPlace, kind: VirtioKind<Own>) {
    super(slot, virtioLayout({ ...kind, isMultifunction }));
    this.#kind = kind;
    const place = msixPlaceOf(kind.queues);
    this.schema = {
      ...{ config: this.layout.field, ...msixSchema(place.vectors) },
      ...{ virtio: part(virtioSchema(kind.queues, kind.queueSize)), own: part(kind.own) },
    };
    this.state = this.fresh();
    this.#msix = new Msix({ place, messages: slot.messages, state: () => this.state, config: () => this.config });
    this.#common = new CommonRegisters({
      ...{ virtio: () => this.state.virtio, offered: offered([...common, ...kind.features]) },
      ...{ queueSize: kind.queueSize, vectors: place.vectors },
      begin: () => this.#begin(),
      reset: () => this.#resetDevice(),
      queueReset: (index) => this.queueReset(index),
    });
    this.queues = Array.from({ length: kind.queues }, (_, index) => this.#queueOf(index));
  }

  /** What it keeps beside what all do, after a reset; `before` is what it kept until then. */
  protected abstract freshOwn(before?: StateOf<Own>): StateOf<Own>;
  /** Its own configuration. */
  protected abstract get deviceConfig(): Uint8Array;
  /** The driver has made something available in a queue. */
  protected abstract notified(index: number): void;

  /** The driver has written to its own configuration. */
  protected writeDeviceConfig(_offset: number, _value: number, _bytes: Width): void {}
  /** A queue is as after a reset. */
  protected queueReset(_index: number): void {}

  protected fresh(): StateOf<VirtioSchema<Own>> {
    const { queues, queueSize } = this.#kind;
    // There is none when it is made.
    const before: StateOf<VirtioSchema<Own>> | undefined = this.state;
    const own = { ...msixFresh(queues + 1), virtio: freshVirtio(queues, queueSize), own: this.freshOwn(before?.own as StateOf<Own>) };
    // The compiler doesn't see through a schema that it doesn't know.
    return { config: this.layout.fresh.slice(), ...own } as StateOf<VirtioSchema<Own>>;
  }

  protected get config(): Uint8Array {
    return this.state.config;
  }

  /** Whether its driver has accepted a feature. */
  protected has(feature: number): boolean {
    return hasFeature(this.state.virtio, feature);
  }

  /** Whether it may move anything: its driver is ready, and has done nothing that can't be. */
  protected get isLive(): boolean {
    return this.isMaster && (this.state.virtio.status & (Status.driverOk | Status.needsReset)) === Status.driverOk;
  }

  /** Its own configuration has changed: 4.1.4.3.1. */
  protected changed(): void {
    const { virtio } = this.state;
    virtio.generation = (virtio.generation + 1) & 0xff;
    if ((virtio.status & Status.driverOk) !== 0) this.#interrupt(virtio.configVector, Isr.config);
  }

  /** 2.1.2: what the driver has done can't be, and nothing goes on until it resets the device. */
  protected fail(): void {
    const { virtio } = this.state;
    if ((virtio.status & Status.needsReset) !== 0) return;
    virtio.status |= Status.needsReset;
    this.changed();
  }

  protected override get isInterrupting(): boolean {
    return !this.#msix.isOn && this.state.virtio.isr !== 0;
  }

  protected override configured(): void {
    this.#msix.release();
  }

  protected window(): Window {
    return {
      read: (offset, bytes) => this.#read(offset, bytes),
      write: (offset, value, bytes) => {
        this.#write(offset, value, bytes);
        this.signal();
      },
    };
  }

  override readConfig(at: number, bytes: Width): number {
    if (at >= access.data && at < access.end) {
      const [offset, length] = this.#accessed() ?? [0, 0];
      if (length !== 0) {
        const value = this.#read(offset, length);
        for (let byte = 0; byte < length; byte++) this.config[access.data + byte] = value >>> (8 * byte);
        this.signal();
      }
    }
    return super.readConfig(at, bytes);
  }

  override writeConfig(at: number, value: number, bytes: Width): void {
    super.writeConfig(at, value, bytes);
    if (at < access.data || at >= access.end) return;
    const [offset, length] = this.#accessed() ?? [0, 0];
    if (length === 0) return;
    const data = this.#configLong(access.data);
    this.#write(offset, data % 2 ** (8 * length), length);
    this.signal();
  }

  /** 4.1.4.9: where the window in configuration space leads; undefined where that is nowhere. */
  #accessed(): readonly [offset: number, length: Width] | undefined {
    const [offset, length] = [this.#configLong(access.offset), this.#configLong(access.length)];
    if (this.config[access.region] !== 0 || (length !== 1 && length !== 2 && length !== 4)) return undefined;
    return offset % length === 0 && offset + length <= regionBytes ? [offset, length] : undefined;
  }

  #configLong(at: number): number {
    return new DataView(this.config.buffer, this.config.byteOffset).getUint32(at, true);
  }

  #queueOf(index: number): Virtqueue {
    return new Virtqueue({
      ...{ memory: this.slot.memory, index, virtio: () => this.state.virtio },
      tell: () => this.#interrupt(this.state.virtio.queues[index]?.vector ?? noVector, Isr.queue),
      fail: () => this.fail(),
    });
  }

  #interrupt(vector: number, cause: number): void {
    this.state.virtio.isr |= cause;
    if (this.isMaster) this.#msix.raise(vector);
    this.signal();
  }

  #read(offset: number, bytes: Width): number {
    switch (offset & ~0xfff) {
      case Place.common:
        return this.#common.read(offset, bytes);
      case Place.isr:
        return offset === Place.isr ? this.#readIsr() : 0;
      case Place.device:
        return littleEndian(this.deviceConfig, offset - Place.device, bytes);
      case Place.table:
        return this.#msix.table.read(offset - Place.table, bytes);
      case Place.waiting:
        return this.#msix.waiting.read(offset - Place.waiting, bytes);
      default:
        return 0;
    }
  }

  #write(offset: number, value: number, bytes: Width): void {
    switch (offset & ~0xfff) {
      case Place.common:
        this.#common.write(offset, value, bytes);
        break;
      case Place.device:
        this.writeDeviceConfig(offset - Place.device, value, bytes);
        break;
      case Place.notify:
        this.#notify((offset - Place.notify) / notifyBytes);
        break;
      case Place.table:
        this.#msix.table.write(offset - Place.table, value, bytes);
        break;
    }
  }

  /** What is read is forgotten, and the pin let go: 4.1.4.5. */
  #readIsr(): number {
    const { virtio } = this.state;
    const { isr } = virtio;
    virtio.isr = 0;
    this.signal();
    return isr;
  }

  #notify(index: number): void {
    if (this.isLive && this.state.virtio.queues[index]?.isEnabled === true) this.notified(index);
  }

  /** What was made available before it was to be looked at. */
  #begin(): void {
    for (const index of this.state.virtio.queues.keys()) this.#notify(index);
  }

  /** 2.4. */
  #resetDevice(): void {
    const { queues, queueSize } = this.#kind;
    this.state.virtio = freshVirtio(queues, queueSize);
    this.state.own = this.freshOwn(this.state.own as StateOf<Own>) as StateOf<VirtioSchema<Own>>['own'];
    for (const index of this.state.virtio.queues.keys()) this.queueReset(index);
  }
}

/** Low and high halves. */
const offered = (bits: readonly number[]): readonly [number, number] => {
  const half = (from: number): number =>
    bits.filter((bit) => bit >= from && bit < from + 32).reduce((value, bit) => (value | (1 << (bit - from))) >>> 0, 0);
  return [half(0), half(32)];
};

const littleEndian = (from: Uint8Array, offset: number, bytes: number): number => {
  let value = 0;
  for (let index = 0; index < bytes; index++) value += (from[offset + index] ?? 0) * 2 ** (8 * index);
  return value;
};
