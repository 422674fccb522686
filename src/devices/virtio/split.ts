/** A split queue: descriptors, what is available, and what is used, apart from one another (VIRTIO 1.3, 2.7). */
import type { Memory } from '../../machine/index.ts';
import type { Chain } from './chain.ts';
import { Descriptor, descriptorBytes } from './registers.ts';
import { isPassed, Part, partAt, type Ring, type RingFeatures, type Taken, Words } from './ring.ts';
import type { QueueState } from './state.ts';

/** What driver and device write begins with flags and how far they are. */
const [flagsAt, indexAt, entriesAt] = [0, 2, 4];
const AvailFlags = { noInterrupt: 0x1 } as const;
const [availBytes, usedBytes] = [2, 8];

export class SplitRing implements Ring {
  readonly #words: Words;

  constructor(memory: Memory) {
    this.#words = new Words(memory);
  }

  take(queue: QueueState, chain: Chain, features: RingFeatures): Taken {
    const words = this.#words;
    const [avail, size] = [partAt(queue, Part.driver), queue.last + 1];
    if (words.read16(avail + indexAt) === queue.taken && !this.#isMore(queue, features)) return 'none';
    if (((words.read16(avail + indexAt) - queue.taken) & 0xffff) > size) return 'wrong';
    chain.begin();
    chain.id = words.read16(avail + entriesAt + availBytes * (queue.taken % size));
    chain.slots = 1;
    if (!this.#follow(queue, chain, features)) return 'wrong';
    queue.taken = (queue.taken + 1) & 0xffff;
    return 'one';
  }

  give(queue: QueueState, chain: Chain, written: number): void {
    const words = this.#words;
    const used = partAt(queue, Part.device);
    words.view.setUint32(0, chain.id, true);
    words.view.setUint32(4, written, true);
    words.write(used + entriesAt + usedBytes * (queue.given % (queue.last + 1)), usedBytes);
    queue.given = (queue.given + 1) & 0xffff;
    words.write16(used + indexAt, queue.given);
  }

  wantsTold(queue: QueueState, places: number, { isEventIndex }: RingFeatures): boolean {
    const avail = partAt(queue, Part.driver);
    if (!isEventIndex) return (this.#words.read16(avail + flagsAt) & AvailFlags.noInterrupt) === 0;
    const event = this.#words.read16(avail + entriesAt + availBytes * (queue.last + 1));
    return isPassed(event, queue.given, queue.given - places);
  }

  /** Nothing is left: the driver is asked to tell of the next one, which may have come meanwhile (2.7.10). */
  #isMore(queue: QueueState, { isEventIndex }: RingFeatures): boolean {
    if (!isEventIndex) return false;
    this.#words.write16(partAt(queue, Part.device) + entriesAt + usedBytes * (queue.last + 1), queue.taken);
    return this.#words.read16(partAt(queue, Part.driver) + indexAt) !== queue.taken;
  }

  /** 2.7.5: through the table of descriptors, and the one that an indirect descriptor leads to. No chain is longer than its table. */
  #follow(queue: QueueState, chain: Chain, { isIndirect }: RingFeatures): boolean {
    const { view } = this.#words;
    let [table, size, index] = [partAt(queue, Part.descriptors), queue.last + 1, chain.id];
    let isInTable = false;
    for (let count = 0; count < size; count++) {
      if (index >= size) return false;
      this.#words.read(table + descriptorBytes * index, descriptorBytes);
      const [low, high, bytes] = [view.getUint32(0, true), view.getUint32(4, true), view.getUint32(8, true)];
      const [flags, next] = [view.getUint16(12, true), view.getUint16(14, true)];
      if ((flags & Descriptor.indirect) !== 0) {
        const isWrong = !isIndirect || isInTable || (flags & Descriptor.next) !== 0 || high >= 2 ** 20 - 1;
        if (isWrong || bytes === 0 || bytes % descriptorBytes !== 0) return false;
        [table, size, index] = [high * 2 ** 32 + low, bytes / descriptorBytes, 0];
        [isInTable, count] = [true, -1];
        continue;
      }
      if (!chain.add(low, high, bytes, (flags & Descriptor.write) !== 0)) return false;
      if ((flags & Descriptor.next) === 0) return true;
      index = next;
    }
    return false;
  }
}
