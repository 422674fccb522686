/** What an NVMe controller keeps beside its configuration space. */
import { below, flag, list, part, type StateOf, some, u8, u16, u32, u48 } from '../../machine/index.ts';
import { mostEntries, mostQueues } from './registers.ts';

/** Awaited events, and those that nobody waits for yet. */
export const mostEvents = 4;

/** Of entries there are one more than this tells: 0 is a queue that isn't there. */
const ring = { at: u48, last: below(mostEntries), head: below(mostEntries), tail: below(mostEntries) };
export const submissionSchema = { ...ring, completion: below(mostQueues) };
export const completionSchema = { ...ring, isOdd: flag, isInterrupting: flag, vector: below(mostQueues) };

export const nvmeSchema = {
  ...{ mask: u32, cc: u32, csts: u8, aqa: u32, asqLow: u32, asqHigh: u32, acqLow: u32, acqHigh: u32 },
  submissions: list(mostQueues, part(submissionSchema)),
  completions: list(mostQueues, part(completionSchema)),
  /** Commands that wait for an event; events that wait for a command; kinds that were told and not looked at. */
  ...{ awaiting: some(mostEvents, u16), events: some(mostEvents, u32), told: u8 },
  ...{
    arbitration: u32,
    power: u32,
    hot: u16,
    cold: u16,
    recovery: u32,
    hasWriteCache: flag,
    coalescing: u32,
    vectors: list(mostQueues, flag),
    atomicity: u32,
    eventMask: u32,
  },
};

export type NvmeState = StateOf<typeof nvmeSchema>;
export type Submission = StateOf<typeof submissionSchema>;
export type Completion = StateOf<typeof completionSchema>;

export const noSubmission = (): Submission => ({ at: 0, last: 0, head: 0, tail: 0, completion: 0 });
export const noCompletion = (): Completion => ({ at: 0, last: 0, head: 0, tail: 0, isOdd: true, isInterrupting: false, vector: 0 });

/** What goes when the controller is disabled: 7.3.2. */
export const freshQueues = () => ({
  submissions: Array.from({ length: mostQueues }, noSubmission),
  completions: Array.from({ length: mostQueues }, noCompletion),
  ...{ csts: 0, mask: 0, awaiting: [] as number[], events: [] as number[], told: 0 },
  ...{ arbitration: 0, power: 0, hot: 343, cold: 0, recovery: 0, hasWriteCache: true, coalescing: 0, atomicity: 0, eventMask: 0 },
  vectors: Array.from({ length: mostQueues }, () => false),
});

export const freshNvme = (): NvmeState => ({ cc: 0, aqa: 0, asqLow: 0, asqHigh: 0, acqLow: 0, acqHigh: 0, ...freshQueues() });
