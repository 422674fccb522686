/** Which lines of the picture may have changed: blocks of video memory that were written, and what reads them. */
import { Addresses, frameOf, Lines } from './crtc.ts';
import { isOn, pitchOf } from './dispi.ts';
import { blockBits } from './planes.ts';
import type { DispiState, VgaState } from './state.ts';

/** Lines of the picture, the last one not among them. */
export interface Band {
  readonly from: number;
  readonly end: number;
}

export class Changes {
  /** One for each block that was written. */
  readonly written: Uint8Array;
  /** Registers have changed, so anything may have. */
  isAll = true;
  readonly #words: Int32Array;
  /** The frame buffer as it was, where the guest writes it without anybody's knowledge. */
  #before: Int32Array | undefined;

  constructor(words: Int32Array) {
    this.#words = words;
    this.written = new Uint8Array((words.length * 4) >> blockBits);
  }

  /** Bands of a picture of so many lines; then nothing has changed any more. `isText`: what is written is read by all of it. */
  take(state: VgaState, height: number, isText: boolean): readonly Band[] {
    if (isOn(state.dispi)) this.#compare(state);
    const isAny = this.written.includes(1);
    const bands = this.isAll || (isText && isAny) ? [{ from: 0, end: height }] : isAny ? this.#bands(state, height) : [];
    this.isAll = false;
    this.written.fill(0);
    return bands;
  }

  /** A frame buffer that is guest memory tells nobody that it was written: it is compared with what it was. */
  #compare({ dispi }: VgaState): void {
    const words = this.#words;
    this.#before ??= words.slice();
    const before = this.#before;
    const rangeOf = linearRange(dispi);
    const [first, last] = [rangeOf(0)[0], Math.min(rangeOf(dispi.height - 1)[1], words.length - 1)];
    for (let at = first; at <= last; at++) {
      const word = words[at] ?? 0;
      if (word === before[at]) continue;
      before[at] = word;
      this.written[at >> (blockBits - 2)] = 1;
    }
  }

  #bands(state: VgaState, height: number): Band[] {
    const rangeOf = isOn(state.dispi) ? linearRange(state.dispi) : planarRange(state, height);
    const bands: Band[] = [];
    let from = -1;
    for (let y = 0; y <= height; y++) {
      const isWritten = y < height && this.#isWritten(...rangeOf(y));
      if (isWritten && from < 0) from = y;
      if (isWritten || from < 0) continue;
      bands.push({ from, end: y });
      from = -1;
    }
    return bands;
  }

  /** In words, both among them. */
  #isWritten(first: number, last: number): boolean {
    if (last < first) return true;
    for (let block = first >> (blockBits - 2); block <= last >> (blockBits - 2); block++) if (this.written[block] === 1) return true;
    return false;
  }
}

type RangeOf = (y: number) => readonly [first: number, last: number];

/** A line may reach into the next one, where the picture begins far to the right. */
const linearRange = (dispi: DispiState): RangeOf => {
  const [pitch, scale] = [pitchOf(dispi), dispi.depth === 4 ? 0 : 2];
  const bytesOf = (pixels: number): number => Math.floor((pixels * pitch) / dispi.virtualWidth);
  const [left, width] = [bytesOf(dispi.x), bytesOf(dispi.width + (scale === 0 ? 7 : 0))];
  return (y) => {
    const from = (y + dispi.y) * pitch + left;
    return [from >> scale, (from + width - 1) >> scale];
  };
};

const planarRange = (state: VgaState, height: number): RangeOf => {
  const { columns, lines: scanLines } = frameOf(state);
  const [lines, addresses] = [new Lines(state), new Addresses(state)];
  const repeated = Math.floor(scanLines / height);
  return (y) => {
    const { counter, scan } = lines.at(y * repeated);
    // Panned pixels are in the column behind the last. A line that wraps round is always among what changed.
    return [addresses.of(counter, 0, scan), addresses.of(counter, columns, scan)];
  };
};
