/** A packed queue: one ring of descriptors, which the driver makes available and the device makes used where they are (VIRTIO 1.3, 2.8). */
import type { Memory } from '../../machine/index.ts';
import type { Chain } from './chain.ts';
import { Descriptor, descriptorBytes } from './registers.ts';
import { isPassed, Part, partAt, type Ring, type RingFeatures, type Taken, Words } from './ring.ts';
import type { QueueState } from './state.ts';

/** What driver and device say of when they want to be told: a place in the ring with the parity of its round, and what that means (2.8.10). */
const [placeAt, meaningAt] = [0, 2];
const Meaning = { never: 1, place: 2, all: 3 } as const;
const odd = 0x8000;
/** Of a used descriptor these are written: length, id, flags. */
const [usedAt, usedBytes] = [8, 8];

export class PackedRing implements Ring {
  readonly #words: Words;

  constructor(memory: Memory) {
    this.#words = new Words(memory);
  }

  take(queue: QueueState, chain: Chain, features: RingFeatures): Taken {
    if (!this.#isAvailable(queue) && !this.#isMore(queue, features)) return 'none';
    chain.begin();
    if (!this.#follow(queue, chain, features)) return 'wrong';
    const size = queue.last + 1;
    const next = (queue.taken % size) + chain.slots;
    queue.taken = next % size;
    if (next >= size) queue.isTakenOdd = !queue.isTakenOdd;
    return 'one';
  }

  give(queue: QueueState, chain: Chain, written: number): void {
    const { view } = this.#words;
    const size = queue.last + 1;
    const place = queue.given % size;
    view.setUint32(0, written, true);
    view.setUint16(4, chain.id, true);
    const round = queue.isGivenOdd ? Descriptor.available | Descriptor.used : 0;
    view.setUint16(6, round | (written > 0 ? Descriptor.write : 0), true);
    this.#words.write(partAt(queue, Part.descriptors) + descriptorBytes * place + usedAt, usedBytes);
    const next = place + chain.slots;
    queue.given = next % size;
    if (next >= size) queue.isGivenOdd = !queue.isGivenOdd;
  }

  wantsTold(queue: QueueState, places: number, { isEventIndex }: RingFeatures): boolean {
    const driver = partAt(queue, Part.driver);
    const meaning = this.#words.read16(driver + meaningAt) & Meaning.all;
    if (meaning !== Meaning.place || !isEventIndex) return meaning !== Meaning.never;
    const place = this.#words.read16(driver + placeAt);
    const isThisRound = ((place & odd) !== 0) === queue.isGivenOdd;
    return isPassed((place & ~odd) - (isThisRound ? 0 : queue.last + 1), queue.given, queue.given - places);
  }

  /** Its driver has marked it in the round that comes next, and the device not yet: 2.8.1. */
  #isAvailable(queue: QueueState): boolean {
    const place = queue.taken % (queue.last + 1);
    const flags = this.#words.read16(partAt(queue, Part.descriptors) + descriptorBytes * place + 14);
    return ((flags & Descriptor.available) !== 0) === queue.isTakenOdd && ((flags & Descriptor.used) !== 0) !== queue.isTakenOdd;
  }

  /** Nothing is left: the driver is asked to tell of the next one, which may have come meanwhile. */
  #isMore(queue: QueueState, { isEventIndex }: RingFeatures): boolean {
    if (!isEventIndex) return false;
    const device = partAt(queue, Part.device);
    this.#words.write16(device + placeAt, queue.taken | (queue.isTakenOdd ? odd : 0));
    this.#words.write16(device + meaningAt, Meaning.place);
    return this.#isAvailable(queue);
  }

  /** One descriptor behind the other, no more than there are; the last one has the id: 2.8.6. */
  #follow(queue: QueueState, chain: Chain, { isIndirect }: RingFeatures): boolean {
    const { view } = this.#words;
    const size = queue.last + 1;
    for (let count = 0; count < size; count++) {
      this.#words.read(partAt(queue, Part.descriptors) + descriptorBytes * ((queue.taken + count) % size), descriptorBytes);
      const [low, high, bytes] = [view.getUint32(0, true), view.getUint32(4, true), view.getUint32(8, true)];
      const flags = view.getUint16(14, true);
      chain.id = view.getUint16(12, true);
      chain.slots = count + 1;
      if ((flags & Descriptor.indirect) !== 0) {
        const isRight = isIndirect && count === 0 && (flags & Descriptor.next) === 0 && high < 2 ** 20 - 1;
        return isRight && this.#addTable(chain, high * 2 ** 32 + low, bytes);
      }
      if (!chain.add(low, high, bytes, (flags & Descriptor.write) !== 0)) return false;
      if ((flags & Descriptor.next) === 0) return true;
    }
    return false;
  }

  /** All of a table, of whose flags none means anything but that it is written: 2.8.7. The chain has no room for more than there may be. */
  #addTable(chain: Chain, at: number, bytes: number): boolean {
    const { view } = this.#words;
    if (bytes === 0 || bytes % descriptorBytes !== 0) return false;
    for (let place = at; place < at + bytes; place += descriptorBytes) {
      this.#words.read(place, descriptorBytes);
      const isWritten = (view.getUint16(14, true) & Descriptor.write) !== 0;
      if (!chain.add(view.getUint32(0, true), view.getUint32(4, true), view.getUint32(8, true), isWritten)) return false;
    }
    return true;
  }
}
