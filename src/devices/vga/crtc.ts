/** What the CRT controller is programmed to: which lines there are, and which address each shows. */
import { Clocking, Cr, CrtcMode, Misc, Overflow, Scan, Sr, Underline } from './registers.ts';
import type { VgaState } from './state.ts';

export interface Frame {
  readonly columns: number;
  /** Scan lines shown. */
  readonly lines: number;
  /** Scan lines from one picture to the next, and of those the ones in which the beam returns. */
  readonly total: number;
  readonly retraceStart: number;
  readonly retraceLines: number;
  /** Dots in a scan line, shown or not, and dots in a second. */
  readonly dots: number;
  readonly dotsPerSecond: number;
  readonly dotsPerColumn: number;
}

export const frameOf = ({ crtc, sequencer, misc }: VgaState): Frame => {
  const overflow = at(crtc, Cr.overflow);
  const clocking = at(sequencer, Sr.clocking);
  const dotsPerColumn = (clocking & Clocking.dots8) !== 0 ? 8 : 9;
  const vertical = (register: number, bit8: number, bit9: number): number =>
    at(crtc, register) | ((overflow & bit8) !== 0 ? 0x100 : 0) | ((overflow & bit9) !== 0 ? 0x200 : 0);
  const total = vertical(Cr.verticalTotal, 0x01, 0x20) + 2;
  const start = vertical(Cr.retraceStart, 0x04, 0x80);
  // A return that never begins would be waited for without end: it is the last line then.
  const retraceStart = Math.min(start, total - 1);
  const length = (at(crtc, Cr.retraceEnd) - start) & 0x0f || 16;
  return {
    ...{ columns: at(crtc, Cr.horizontalEnd) + 1, lines: vertical(Cr.verticalEnd, 0x02, 0x40) + 1, total, retraceStart },
    retraceLines: Math.min(length, total - retraceStart),
    dots: (at(crtc, Cr.horizontalTotal) + 5) * dotsPerColumn,
    dotsPerSecond: ((misc & Misc.clock) === Misc.clock28 ? 28_322_000 : 25_175_000) / ((clocking & Clocking.halfClock) !== 0 ? 2 : 1),
    dotsPerColumn,
  };
};

/** Where a scan line is in video memory. */
export interface Line {
  /** What the address counter is at its beginning. */
  counter: number;
  /** Line within the row of characters. */
  scan: number;
  /** Below the line at which the picture begins anew at address 0. */
  isSplit: boolean;
}

export class Lines {
  readonly #compare: number;
  readonly #start: number;
  readonly #preset: number;
  readonly #offset: number;
  /** Scan lines of a row of characters. */
  readonly rowLines: number;
  readonly #double: number;
  readonly #line: Line = { counter: 0, scan: 0, isSplit: false };

  constructor({ crtc }: VgaState) {
    const scan = at(crtc, Cr.scan);
    this.#compare =
      at(crtc, Cr.lineCompare) |
      ((at(crtc, Cr.overflow) & Overflow.lineCompare) !== 0 ? 0x100 : 0) |
      ((scan & Scan.lineCompare) !== 0 ? 0x200 : 0);
    const preset = at(crtc, Cr.presetRow);
    this.#start = (at(crtc, Cr.startHigh) << 8) + at(crtc, Cr.startLow) + ((preset >> 5) & 3);
    this.#preset = preset & 0x1f;
    this.#offset = at(crtc, Cr.offset) * 2;
    this.rowLines = (scan & Scan.most) + 1;
    this.#double = (scan & Scan.double) !== 0 ? 1 : 0;
  }

  /** How many scan lines show the same, in text and where rows tell addresses apart. */
  get doubling(): number {
    return this.#double + 1;
  }

  /** The same object each time. */
  at(y: number): Line {
    const line = this.#line;
    line.isSplit = y > this.#compare;
    const scan = line.isSplit ? (y - this.#compare - 1) >> this.#double : (y >> this.#double) + this.#preset;
    const row = Math.floor(scan / this.rowLines);
    line.scan = scan - row * this.rowLines;
    line.counter = ((line.isSplit ? 0 : this.#start) + row * this.#offset) & 0xffff;
    return line;
  }
}

/** How the address counter becomes an address within the planes: words and doublewords are rotated, CGA's rows replace address bits. */
export class Addresses {
  readonly #mode: number;
  readonly #underline: number;
  readonly #by: number;

  constructor({ crtc }: VgaState) {
    this.#mode = at(crtc, Cr.mode);
    this.#underline = at(crtc, Cr.underline);
    this.#by = (this.#underline & Underline.by4) !== 0 ? 2 : (this.#mode & CrtcMode.by2) !== 0 ? 1 : 0;
  }

  /** Whether lines of one row are in different places. */
  get isInterlaced(): boolean {
    return (this.#mode & (CrtcMode.row13 | CrtcMode.row14)) !== (CrtcMode.row13 | CrtcMode.row14);
  }

  of(counter: number, column: number, scan: number): number {
    const count = (counter + (column >> this.#by)) & 0xffff;
    const mode = this.#mode;
    let address = count;
    if ((this.#underline & Underline.double) !== 0) address = (count << 2) | ((count >> 12) & 3);
    else if ((mode & CrtcMode.byte) === 0) address = (count << 1) | ((count >> ((mode & CrtcMode.wrap15) !== 0 ? 15 : 13)) & 1);
    if ((mode & CrtcMode.row13) === 0) address = (address & ~0x2000) | ((scan & 1) << 13);
    if ((mode & CrtcMode.row14) === 0) address = (address & ~0x4000) | ((scan & 2) << 13);
    return address & 0xffff;
  }
}

/** A register that is there. */
export const at = (registers: Uint8Array, index: number): number => registers[index] ?? 0;
