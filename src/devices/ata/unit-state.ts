/** What an ATA device keeps: its registers, a transfer under way, its settings. */
import { below, bytes, choice, flag, type StateOf, u8, u48 } from '../../machine/index.ts';

/** Sectors in the largest block that READ MULTIPLE moves. */
export const mostMultiple = 16;
/** Of a block that goes through the data register. */
export const bufferBytes = 8192;

/** Each holds what was written last and, for 48-bit commands, what before. */
const registers = {
  feature: u8,
  count: u8,
  low: u8,
  mid: u8,
  high: u8,
  featureBefore: u8,
  countBefore: u8,
  lowBefore: u8,
  midBefore: u8,
  highBefore: u8,
};

const transfer = {
  /** `packet`: a command packet comes in. */
  flow: choice('none', 'in', 'out', 'packet'),
  /** The controller moves it. */
  isDma: flag,
  /** The next sector on the medium. */
  lba: u48,
  /** Bytes that are still on the medium, or don't come from there yet. */
  left: u48,
  /** Most bytes of a block. */
  blockBytes: below(bufferBytes + 1),
  buffer: bytes(bufferBytes),
  /** In the buffer: where the block goes on, where it ends, and where what is there ends. */
  ...{ at: below(bufferBytes + 1), end: below(bufferBytes + 1), filled: below(bufferBytes + 1) },
  /** Of CDs: how many bytes a sector is delivered as, and which parts: READ CD, byte 9. */
  ...{ sectorBytes: below(4096), parts: u8 },
};

const settings = { multiple: below(mostMultiple + 1), heads: u8, sectors: u8, transferMode: u8, hasWriteCache: flag, hasLookAhead: flag };

/** SPC-3, 4.5; what came to pass with a removable medium. */
const removable = {
  senseKey: u8,
  senseCode: u8,
  senseQualifier: u8,
  isAttention: flag,
  isLocked: flag,
  isOpen: flag,
  event: choice('none', 'new', 'gone'),
};

export const unitSchema = {
  ...registers,
  device: u8,
  command: u8,
  status: u8,
  error: u8,
  isInterrupting: flag,
  ...transfer,
  ...settings,
  ...removable,
};
export type UnitState = StateOf<typeof unitSchema>;

/** As it is switched on; settings as a disk has them. */
export const freshUnit = (): UnitState => ({
  ...{ feature: 0, count: 0, low: 0, mid: 0, high: 0, featureBefore: 0, countBefore: 0, lowBefore: 0, midBefore: 0, highBefore: 0 },
  ...{ device: 0, command: 0, status: 0, error: 0, isInterrupting: false },
  ...{
    flow: 'none',
    isDma: false,
    lba: 0,
    left: 0,
    blockBytes: 512,
    buffer: new Uint8Array(bufferBytes),
    at: 0,
    end: 0,
    filled: 0,
    sectorBytes: 512,
    parts: 0,
  },
  ...{ multiple: 0, heads: 16, sectors: 63, transferMode: 0, hasWriteCache: true, hasLookAhead: true },
  ...{ senseKey: 0, senseCode: 0, senseQualifier: 0, isAttention: false, isLocked: false, isOpen: false, event: 'none' },
});
