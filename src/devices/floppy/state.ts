/** What a diskette controller keeps. */
import { below, bytes, choice, flag, list, queue, type StateOf, sectorBytes, u8 } from '../../machine/index.ts';
import { Configure, Outputs } from './registers.ts';

export const driveCount = 4;

const execution = {
  /** A command comes in, moves data through the data register, or tells its result. */
  phase: choice('command', 'in', 'out', 'result'),
  /** The command with its parameters, as far as it is there. */
  command: queue(9),
  result: queue(10),
  /** The sector under way. */
  ...{ cylinder: u8, head: below(2), sector: u8 },
  /** Sectors that are still to be moved, where that counts; and the block of one. */
  ...{ left: u8, block: bytes(sectorBytes), at: below(sectorBytes + 1), end: below(sectorBytes + 1) },
  /** Of SCAN: what was found in no sector yet. */
  ...{ st1: u8, st2: u8 },
};

const settings = {
  outputs: u8,
  tape: u8,
  rate: below(4),
  steps: u8,
  load: u8,
  config: u8,
  precompensation: u8,
  perpendicular: u8,
  isLocked: flag,
  lastCount: u8,
};

export const floppySchema = {
  ...execution,
  ...settings,
  isInterrupting: flag,
  /** What SENSE INTERRUPT STATUS tells next: status bytes 0. */
  senses: queue(driveCount),
  /** Of each drive: where its heads are, whether another diskette came since they moved, and which sector passed last. */
  ...{ cylinders: list(driveCount, u8), changed: list(driveCount, flag), passed: list(driveCount, u8) },
};
export type FloppyState = StateOf<typeof floppySchema>;

export const freshFloppy = (): FloppyState => ({
  ...{
    phase: 'command',
    command: [],
    result: [],
    cylinder: 0,
    head: 0,
    sector: 0,
    left: 0,
    block: new Uint8Array(sectorBytes),
    at: 0,
    end: 0,
    st1: 0,
    st2: 0,
  },
  ...{
    outputs: Outputs.notReset | Outputs.dma,
    tape: 0,
    rate: 2,
    steps: 0,
    load: 0,
    config: Configure.fresh,
    precompensation: 0,
    perpendicular: 0,
    isLocked: false,
    lastCount: 0,
  },
  ...{ isInterrupting: false, senses: [] },
  // What is in a drive that is switched on is new.
  ...{ cylinders: [0, 0, 0, 0], changed: [true, true, true, true], passed: [0, 0, 0, 0] },
});
