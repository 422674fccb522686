/** All of the VGA that is no video memory. */
import { below, bytes, type Field, flag, part, type StateOf, u8, u16 } from '../../machine/index.ts';
import { attributeCount, crtcCount, graphicsMasks, sequencerMasks } from './registers.ts';

/** 32 bits, as the bitwise operators make them: below 0 where the highest is set. */
const word: Field<number> = { kind: 'word', write: (to, value) => to.number(value, 4), read: (from) => from.number(4) | 0 };

/** Of the Bochs display interface, in the order of its indices. */
const dispi = {
  ...{ id: u16, width: u16, height: u16, depth: u16, enable: u16, bank: u16 },
  ...{ virtualWidth: u16, virtualHeight: u16, x: u16, y: u16 },
};

export const schema = {
  misc: u8,
  feature: u8,
  sequencerIndex: u8,
  sequencer: bytes(sequencerMasks.length),
  graphicsIndex: u8,
  graphics: bytes(graphicsMasks.length),
  crtcIndex: u8,
  crtc: bytes(crtcCount),
  /** With the bit that shows the palette. */
  attributeIndex: u8,
  /** The next byte written to the attribute controller is data. */
  isAttributeData: flag,
  attribute: bytes(attributeCount),
  dacMask: u8,
  dacRead: u8,
  dacWrite: u8,
  isDacRead: flag,
  /** Which of red, green and blue is next. */
  dacPart: below(3),
  /** What was written of a colour that isn't whole yet. */
  dacColour: bytes(3),
  palette: bytes(768),
  /** One byte of each plane, that of plane 0 lowest. */
  latch: word,
  dispiIndex: u16,
  dispi: part(dispi),
};

export type VgaState = StateOf<typeof schema>;
export type DispiState = StateOf<typeof dispi>;

export const newest = 0xb0c5;

export const fresh = (): VgaState => ({
  ...{ misc: 0, feature: 0 },
  ...{ sequencerIndex: 0, sequencer: new Uint8Array(sequencerMasks.length) },
  ...{ graphicsIndex: 0, graphics: new Uint8Array(graphicsMasks.length) },
  ...{ crtcIndex: 0, crtc: new Uint8Array(crtcCount) },
  ...{ attributeIndex: 0, isAttributeData: false, attribute: new Uint8Array(attributeCount) },
  ...{ dacMask: 0xff, dacRead: 0, dacWrite: 0, isDacRead: false, dacPart: 0 },
  ...{ dacColour: new Uint8Array(3), palette: new Uint8Array(768) },
  ...{ latch: 0, dispiIndex: 0 },
  dispi: { id: newest, width: 0, height: 0, depth: 8, enable: 0, bank: 0, virtualWidth: 0, virtualHeight: 0, x: 0, y: 0 },
});
