/** What a virtio device keeps beside its configuration space: what its driver has said, and how far each queue is. */
import { below, flag, list, part, type StateOf, u8, u16, u32 } from '../../machine/index.ts';
import { noVector } from './registers.ts';

/** Of descriptors there are one more than `last` tells. */
const queueSchema = (most: number) => ({
  last: below(most),
  vector: u16,
  isEnabled: flag,
  /** Of descriptors, what the driver writes, what the device writes: low and high halves. */
  at: list(6, u32),
  /** What is taken next, and what is given back next. Of a split queue they count on without an end, of a packed one they are places in it. */
  ...{ taken: u16, given: u16 },
  /** Of a packed queue: both begin another round each time, whose number is odd at first. */
  ...{ isTakenOdd: flag, isGivenOdd: flag },
});

export type QueueState = StateOf<ReturnType<typeof queueSchema>>;

export const virtioSchema = (queues: number, most: number) => ({
  ...{ status: u8, deviceSelect: u32, driverSelect: u32, featuresLow: u32, featuresHigh: u32 },
  ...{ configVector: u16, queueSelect: u16, generation: u8, isr: u8 },
  queues: list(queues, part(queueSchema(most))),
});

export type VirtioState = StateOf<ReturnType<typeof virtioSchema>>;

export const freshQueue = (most: number): QueueState => ({
  ...{ last: most - 1, vector: noVector, isEnabled: false, at: [0, 0, 0, 0, 0, 0] },
  ...{ taken: 0, given: 0, isTakenOdd: true, isGivenOdd: true },
});

export const freshVirtio = (queues: number, most: number): VirtioState => ({
  ...{ status: 0, deviceSelect: 0, driverSelect: 0, featuresLow: 0, featuresHigh: 0 },
  ...{ configVector: noVector, queueSelect: 0, generation: 0, isr: 0 },
  queues: Array.from({ length: queues }, () => freshQueue(most)),
});

/** Whether the driver has accepted a feature. */
export const hasFeature = ({ featuresLow, featuresHigh }: VirtioState, bit: number): boolean =>
  (((bit < 32 ? featuresLow : featuresHigh) >>> (bit & 31)) & 1) !== 0;
