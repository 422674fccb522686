/** The common configuration structure: VIRTIO 1.3, 4.1.4.3. What the driver writes is in the state, and what follows from it is the device's. */
import type { Width, Window } from '../../machine/index.ts';
import { Common, Feature, noVector, Status } from './registers.ts';
import { isPlaced } from './ring.ts';
import { freshQueue, hasFeature, type QueueState, type VirtioState } from './state.ts';

export interface CommonWires {
  readonly virtio: () => VirtioState;
  /** What is offered: low and high halves. */
  readonly offered: readonly [number, number];
  /** The largest size of each queue. */
  readonly queueSize: number;
  readonly vectors: number;
  /** The driver is ready: what it has made available before is looked at. */
  begin(): void;
  reset(): void;
  /** One queue begins anew. */
  queueReset(index: number): void;
}

/** Registers are of 1, 2 or 4 bytes, and written whole. */
export class CommonRegisters implements Window {
  readonly #wires: CommonWires;

  constructor(wires: CommonWires) {
    this.#wires = wires;
  }

  read(offset: number, bytes: Width): number {
    let value = 0;
    for (let index = 0; index < bytes; index++) value += this.#byte(offset + index) * 2 ** (8 * index);
    return value;
  }

  write(offset: number, value: number, bytes: Width): void {
    const virtio = this.#wires.virtio();
    switch (bytes) {
      case 1:
        if (offset === Common.status) this.#setStatus(virtio, value);
        break;
      case 2:
        this.#write16(virtio, offset, value);
        break;
      case 4:
        this.#write32(virtio, offset, value);
        break;
    }
  }

  #byte(at: number): number {
    const virtio = this.#wires.virtio();
    if (at === Common.status) return virtio.status;
    if (at === Common.generation) return virtio.generation;
    const isWide = at < Common.configVector || (at >= Common.queueAt && at < Common.queueAt + 24);
    const first = at & (isWide ? ~3 : ~1);
    return ((isWide ? this.#read32(virtio, first) : this.#read16(virtio, first)) >>> (8 * (at - first))) & 0xff;
  }

  #read32(virtio: VirtioState, offset: number): number {
    switch (offset) {
      case Common.deviceFeatureSelect:
        return virtio.deviceSelect;
      case Common.deviceFeature:
        return this.#wires.offered[virtio.deviceSelect] ?? 0;
      case Common.driverFeatureSelect:
        return virtio.driverSelect;
      case Common.driverFeature:
        return [virtio.featuresLow, virtio.featuresHigh][virtio.driverSelect] ?? 0;
      default:
        return this.#queue(virtio)?.at[(offset - Common.queueAt) >> 2] ?? 0;
    }
  }

  #read16(virtio: VirtioState, offset: number): number {
    const queue = this.#queue(virtio);
    switch (offset) {
      case Common.configVector:
        return virtio.configVector;
      case Common.queues:
        return virtio.queues.length;
      case Common.queueSelect:
        return virtio.queueSelect;
      case Common.queueSize:
        return queue === undefined ? 0 : queue.last + 1;
      case Common.queueVector:
        return queue?.vector ?? noVector;
      case Common.queueEnable:
        return queue?.isEnabled === true ? 1 : 0;
      case Common.queueNotifyOffset:
        return queue === undefined ? 0 : virtio.queueSelect;
      default:
        return 0;
    }
  }

  /** 3.1.1: what is accepted is settled by FEATURES_OK; where a queue is, by its being enabled. */
  #write32(virtio: VirtioState, offset: number, value: number): void {
    switch (offset) {
      case Common.deviceFeatureSelect:
        virtio.deviceSelect = value;
        return;
      case Common.driverFeatureSelect:
        virtio.driverSelect = value;
        return;
      case Common.driverFeature:
        if ((virtio.status & Status.featuresOk) !== 0) return;
        if (virtio.driverSelect === 0) virtio.featuresLow = value;
        if (virtio.driverSelect === 1) virtio.featuresHigh = value;
        return;
    }
    const half = (offset - Common.queueAt) / 4;
    const queue = this.#queue(virtio);
    if (queue !== undefined && !queue.isEnabled && half >= 0 && half < queue.at.length && Number.isInteger(half)) queue.at[half] = value;
  }

  #write16(virtio: VirtioState, offset: number, value: number): void {
    switch (offset) {
      case Common.configVector:
        virtio.configVector = this.#vector(value);
        return;
      case Common.queueSelect:
        virtio.queueSelect = value;
        return;
    }
    const queue = this.#queue(virtio);
    if (queue === undefined) return;
    switch (offset) {
      case Common.queueSize:
        if (!queue.isEnabled && this.#isSize(virtio, value)) queue.last = value - 1;
        break;
      case Common.queueVector:
        queue.vector = this.#vector(value);
        break;
      case Common.queueEnable:
        if (value === 1 && isPlaced(queue)) queue.isEnabled = true;
        break;
      case Common.queueReset:
        if (value === 1 && hasFeature(virtio, Feature.ringReset)) this.#resetQueue(virtio);
        break;
    }
  }

  /** 2.7: of a split queue a power of two. */
  #isSize(virtio: VirtioState, size: number): boolean {
    return size > 0 && size <= this.#wires.queueSize && (hasFeature(virtio, Feature.packed) || (size & (size - 1)) === 0);
  }

  /** 2.6.1. */
  #resetQueue(virtio: VirtioState): void {
    virtio.queues[virtio.queueSelect] = freshQueue(this.#wires.queueSize);
    this.#wires.queueReset(virtio.queueSelect);
  }

  /** 2.1 and 3.1: bits are only added, but that 0 is a reset. Features that can't be are not OK. */
  #setStatus(virtio: VirtioState, value: number): void {
    if (value === 0) {
      this.#wires.reset();
      return;
    }
    const added = value & ~virtio.status & ~Status.needsReset;
    virtio.status |= added;
    if ((added & Status.featuresOk) !== 0 && !this.#areFeaturesOk(virtio)) virtio.status &= ~Status.featuresOk;
    if ((added & Status.driverOk) !== 0) this.#wires.begin();
  }

  #areFeaturesOk(virtio: VirtioState): boolean {
    const [low, high] = this.#wires.offered;
    return (virtio.featuresLow & ~low) === 0 && (virtio.featuresHigh & ~high) === 0 && hasFeature(virtio, Feature.version1);
  }

  #queue({ queues, queueSelect }: VirtioState): QueueState | undefined {
    return queues[queueSelect];
  }

  /** One that isn't there is none: 4.1.5.1.2.1. */
  #vector(value: number): number {
    return value < this.#wires.vectors ? value : noVector;
  }
}
