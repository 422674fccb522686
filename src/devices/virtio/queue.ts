/** A virtqueue as a device uses it: buffers that are taken, and given back with what was written into them. */
import type { Memory } from '../../machine/index.ts';
import { Chain, type Kept } from './chain.ts';
import { PackedRing } from './packed.ts';
import { Feature, Status } from './registers.ts';
import { isPlaced, type Ring, type RingFeatures } from './ring.ts';
import { SplitRing } from './split.ts';
import { hasFeature, type QueueState, type VirtioState } from './state.ts';

export interface VirtqueueWires {
  readonly memory: Memory;
  readonly index: number;
  readonly virtio: () => VirtioState;
  /** The driver wants to be told of what was given back. */
  tell(): void;
  /** The driver has done what it mustn't. */
  fail(): void;
}

/** What may be agreed of a ring: made once, not for each buffer. */
const agreed = {
  nothing: { isIndirect: false, isEventIndex: false },
  indirect: { isIndirect: true, isEventIndex: false },
  eventIndex: { isIndirect: false, isEventIndex: true },
  both: { isIndirect: true, isEventIndex: true },
} as const satisfies Record<string, RingFeatures>;
/** Beside a place in the ring, in a mark. */
const oddRound = 0x1_0000;

export class Virtqueue {
  readonly #wires: VirtqueueWires;
  readonly #chain: Chain;
  readonly #split: Ring;
  readonly #packed: Ring;
  /** Places given back that the driver was not asked about yet; none between two calls of a device. */
  #places = 0;

  constructor(wires: VirtqueueWires) {
    this.#wires = wires;
    this.#chain = new Chain(wires.memory);
    this.#split = new SplitRing(wires.memory);
    this.#packed = new PackedRing(wires.memory);
  }

  /** The next buffer, until the one after it is taken; undefined where there is none. */
  take(): Chain | undefined {
    if (!this.#isUsable) return undefined;
    const { state } = this;
    const taken = this.#ring.take(state, this.#chain, this.#features);
    if (taken === 'wrong') this.#wires.fail();
    return taken === 'one' ? this.#chain : undefined;
  }

  /** How far it was taken, to go back there. */
  get mark(): number {
    const { taken, isTakenOdd } = this.state;
    return taken + (isTakenOdd ? oddRound : 0);
  }

  /** What was taken since, and not given back, is available again. */
  untake(mark: number): void {
    const { state } = this;
    state.taken = mark % oddRound;
    state.isTakenOdd = mark >= oddRound;
  }

  /** Gives the buffer back that was taken last. */
  give(written: number): void {
    this.#ring.give(this.state, this.#chain, written);
    this.#places += this.#chain.slots;
  }

  /** Gives a buffer back that was kept, with as much of this as it has room for. */
  giveKept(kept: Kept, bytes: Uint8Array): void {
    if (!this.#isUsable) return;
    if (this.#chain.restore(kept)) this.give(this.#chain.write(0, bytes));
    else this.#wires.fail();
  }

  /** After all that is given back at once: the driver is told if it wants to be. */
  settle(): void {
    if (this.#places === 0) return;
    const isWanted = this.#ring.wantsTold(this.state, this.#places, this.#features);
    this.#places = 0;
    if (isWanted) this.#wires.tell();
  }

  /** Gives every buffer that is available to `deal`, and back with as many bytes as it says it has written. Those that come meanwhile wait for the next time. */
  serve(deal: (chain: Chain) => number): void {
    for (let count = 0; count <= this.state.last; count++) {
      const chain = this.take();
      if (chain === undefined) break;
      this.give(deal(chain));
    }
    this.settle();
  }

  get state(): QueueState {
    const state = this.#wires.virtio().queues[this.#wires.index];
    if (state === undefined) throw new Error(`there is no queue ${this.#wires.index}`);
    return state;
  }

  /** A state that was loaded may say that it is where nothing can be. */
  get #isUsable(): boolean {
    const { state } = this;
    return state.isEnabled && isPlaced(state) && (this.#wires.virtio().status & Status.needsReset) === 0;
  }

  get #ring(): Ring {
    return hasFeature(this.#wires.virtio(), Feature.packed) ? this.#packed : this.#split;
  }

  get #features(): RingFeatures {
    const virtio = this.#wires.virtio();
    if (hasFeature(virtio, Feature.indirect)) return hasFeature(virtio, Feature.eventIndex) ? agreed.both : agreed.indirect;
    return hasFeature(virtio, Feature.eventIndex) ? agreed.eventIndex : agreed.nothing;
  }
}
