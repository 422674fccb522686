/** How a queue lies in memory: split (VIRTIO 1.3, 2.7) or packed (2.8). */
import { gpa, type Memory } from '../../machine/index.ts';
import type { Chain } from './chain.ts';
import type { QueueState } from './state.ts';

/** `wrong`: the driver has not kept to the specification, and no further buffer can be known. */
export type Taken = 'one' | 'none' | 'wrong';

export interface RingFeatures {
  readonly isIndirect: boolean;
  readonly isEventIndex: boolean;
}

export interface Ring {
  /** Takes the next buffer, if there is one. */
  take(queue: QueueState, chain: Chain, features: RingFeatures): Taken;
  /** Gives it back, with so many bytes written from its beginning on. */
  give(queue: QueueState, chain: Chain, written: number): void;
  /** Whether the driver wants to be told now that what took so many places was given back since it was asked last. */
  wantsTold(queue: QueueState, places: number, features: RingFeatures): boolean;
}

/** Of three parts of a queue. */
export const Part = { descriptors: 0, driver: 2, device: 4 } as const;

/** Where a part begins. Throws a RangeError where nothing can be; a queue is enabled only where `isPlaced`. */
export const partAt = ({ at }: QueueState, part: number): number => (at[part + 1] ?? 0) * 2 ** 32 + (at[part] ?? 0);

/** Within what can be addressed, with room for the largest queue. */
export const isPlaced = ({ at }: QueueState): boolean => [1, 3, 5].every((half) => (at[half] ?? 0) < 2 ** 20 - 1);

/** Numbers in memory, little-endian. */
export class Words {
  readonly #memory: Memory;
  readonly #bytes = new Uint8Array(16);
  /** What was read last. */
  readonly view = new DataView(this.#bytes.buffer);

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  read16(at: number): number {
    this.#memory.read(gpa(at), this.#bytes.subarray(0, 2));
    return this.view.getUint16(0, true);
  }

  write16(at: number, value: number): void {
    this.view.setUint16(0, value, true);
    this.#memory.write(gpa(at), this.#bytes.subarray(0, 2));
  }

  /** Into `view`. */
  read(at: number, count: number): void {
    this.#memory.read(gpa(at), this.#bytes.subarray(0, count));
  }

  /** Of `view`. */
  write(at: number, count: number): void {
    this.#memory.write(gpa(at), this.#bytes.subarray(0, count));
  }
}

/** 2.7.10: whether the entry that was to be told of is among those since `before`. */
export const isPassed = (event: number, now: number, before: number): boolean => ((now - event - 1) & 0xffff) < ((now - before) & 0xffff);
