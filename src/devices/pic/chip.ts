/** One 8259A interrupt controller: Intel 8259A data sheet, December 1988. */
import { below, flag, type StateOf, u8 } from '../../machine/index.ts';

export const chipSchema = {
  /** Levels of the inputs. */
  lines: u8,
  /** Edges that nobody has taken yet. */
  edges: u8,
  isr: u8,
  imr: u8,
  /** Inputs that are level-triggered: 82371AB data sheet, 4.2.5. */
  elcr: u8,
  isLevel: flag,
  vector: u8,
  /** Which initialization command word comes next; 0 where none does. */
  next: below(5),
  isSingle: flag,
  wantsFourth: flag,
  isAutomatic: flag,
  rotatesAutomatically: flag,
  isNested: flag,
  isSpecialMask: flag,
  isPolled: flag,
  readsService: flag,
  /** The input of highest priority. */
  first: below(8),
};

export type Chip = StateOf<typeof chipSchema>;

const Icw1 = { fourth: 0x01, single: 0x02, level: 0x08, mark: 0x10 } as const;
const Icw4 = { automatic: 0x02, nested: 0x10 } as const;
const Ocw2 = { endOfInterrupt: 0x20, specific: 0x40, rotate: 0x80 } as const;
const Ocw3 = { mark: 0x08, readService: 0x01, read: 0x02, poll: 0x04, mask: 0x20, maskChange: 0x40 } as const;
/** The input of the first controller that the second one is behind. */
export const cascade = 2;
/** What a poll tells when somebody asks. */
const pollTaken = 0x80;

export const freshChip = (lines: number): Chip => ({
  ...{ lines, edges: 0, isr: 0, imr: 0, elcr: 0, isLevel: false, vector: 0, next: 0, isSingle: false, wantsFourth: false },
  ...{
    isAutomatic: false,
    rotatesAutomatically: false,
    isNested: false,
    isSpecialMask: false,
    isPolled: false,
    readsService: false,
    first: 0,
  },
});

/** An edge stays asked for when the line falls, as in QEMU and KVM; on hardware it would become a spurious interrupt. */
export const setInput = (chip: Chip, mask: number, isHigh: boolean): void => {
  if (isHigh) {
    chip.edges |= mask & ~chip.lines;
    chip.lines |= mask;
  } else chip.lines &= ~mask;
};

/** The input whose turn it is, or -1. */
export const asking = (chip: Chip): number => {
  const asked = requests(chip) & ~chip.imr;
  // Special mask mode: what is masked in service holds nobody back. Page 16.
  const served = chip.isSpecialMask ? chip.isr & ~chip.imr : chip.isr;
  if (asked === 0) return -1;
  for (let rank = 0; rank < 8; rank++) {
    const input = (chip.first + rank) & 7;
    const mask = 1 << input;
    // Special fully nested: a slave that is served may ask again. Page 19.
    if ((asked & mask) !== 0 && ((served & mask) === 0 || (chip.isNested && input === cascade))) return input;
    if ((served & mask) !== 0) return -1;
  }
  return -1;
};

/** An acknowledged input is in service, until it is ended. */
export const take = (chip: Chip, input: number): void => {
  chip.edges &= ~(1 << input);
  if (!chip.isAutomatic) chip.isr |= 1 << input;
  else if (chip.rotatesAutomatically) chip.first = (input + 1) & 7;
};

export const readCommand = (chip: Chip): number => {
  if (chip.isPolled) return poll(chip);
  return chip.readsService ? chip.isr : requests(chip);
};

export const readData = (chip: Chip): number => (chip.isPolled ? poll(chip) : chip.imr);

export const isInitialization = (command: number): boolean => (command & Icw1.mark) !== 0;

export const writeCommand = (chip: Chip, value: number): void => {
  if (isInitialization(value)) initialize(chip, value);
  else if ((value & Ocw3.mark) !== 0) operate(chip, value);
  else end(chip, value);
};

export const writeData = (chip: Chip, value: number): void => {
  switch (chip.next) {
    case 2:
      chip.vector = value & 0xf8;
      chip.next = chip.isSingle ? (chip.wantsFourth ? 4 : 0) : 3;
      break;
    case 3:
      // How the two are connected is soldered.
      chip.next = chip.wantsFourth ? 4 : 0;
      break;
    case 4:
      chip.isAutomatic = (value & Icw4.automatic) !== 0;
      chip.isNested = (value & Icw4.nested) !== 0;
      chip.next = 0;
      break;
    default:
      chip.imr = value;
  }
};

const requests = (chip: Chip): number => {
  const level = chip.isLevel ? 0xff : chip.elcr;
  return (chip.edges & ~level) | (chip.lines & level);
};

/** Page 11: an input must rise anew, nothing is masked, input 7 comes last. */
const initialize = (chip: Chip, value: number): void => {
  Object.assign(chip, freshChip(chip.lines), { elcr: chip.elcr, vector: chip.vector });
  chip.isSingle = (value & Icw1.single) !== 0;
  chip.isLevel = (value & Icw1.level) !== 0;
  chip.wantsFourth = (value & Icw1.fourth) !== 0;
  chip.next = 2;
};

const operate = (chip: Chip, value: number): void => {
  if ((value & Ocw3.poll) !== 0) chip.isPolled = true;
  if ((value & Ocw3.read) !== 0) chip.readsService = (value & Ocw3.readService) !== 0;
  if ((value & Ocw3.maskChange) !== 0) chip.isSpecialMask = (value & Ocw3.mask) !== 0;
};

/** Operation control word 2, page 14. */
const end = (chip: Chip, value: number): void => {
  const [isEnd, isSpecific, rotates] = [value & Ocw2.endOfInterrupt, value & Ocw2.specific, value & Ocw2.rotate];
  if (isEnd === 0 && isSpecific === 0) chip.rotatesAutomatically = rotates !== 0;
  if (isEnd === 0 && isSpecific !== 0 && rotates !== 0) chip.first = (value + 1) & 7;
  if (isEnd === 0) return;
  const input = isSpecific !== 0 ? value & 7 : served(chip);
  if (input < 0) return;
  chip.isr &= ~(1 << input);
  if (rotates !== 0) chip.first = (input + 1) & 7;
};

/** The input of highest priority that is in service, or -1; in special mask mode a masked one isn't meant. */
const served = (chip: Chip): number => {
  const isr = chip.isSpecialMask ? chip.isr & ~chip.imr : chip.isr;
  for (let rank = 0; rank < 8; rank++) if ((isr & (1 << ((chip.first + rank) & 7))) !== 0) return (chip.first + rank) & 7;
  return -1;
};

/** Acknowledges as an interrupt would: page 15. */
const poll = (chip: Chip): number => {
  chip.isPolled = false;
  const input = asking(chip);
  if (input < 0) return 0;
  take(chip, input);
  return pollTaken | input;
};
