/** Text modes, as characters and as pixels: IBM's reference, "Alphanumeric Modes"; of characters and their fonts: "Character Map Select Register". */
import type { Cell, Cursor, PixelScreen, TextScreen } from '../../../machine/index.ts';
import { attributeColours, opaque, rgbOf } from '../colours.ts';
import { Addresses, at, frameOf, Lines } from '../crtc.ts';
import { Ar, AttributeMode, Clocking, Cr, CursorOff, Sr, Underline } from '../registers.ts';
import type { VgaState } from '../state.ts';
import { type Blink, type Canvas, canvasOf, linesOf, screenOf } from './canvas.ts';

/** Glyphs are so far apart, whatever their height. */
const glyphBytes = 32;
/** Box drawing: the ninth dot is the eighth once more. */
const isLine = (code: number): boolean => code >= 0xc0 && code <= 0xdf;

export const textScreen = (state: VgaState, words: Int32Array): TextScreen => {
  const { columns, lines: scanLines } = frameOf(state);
  const [lines, addresses] = [new Lines(state), new Addresses(state)];
  const height = lines.rowLines * lines.doubling;
  const rows = linesOf(scanLines, height);
  const cells: Cell[] = [];
  const place = cursorOf(state);
  let cursor: Cursor | undefined;
  for (let row = 0; row < rows; row++) {
    const { counter } = lines.at(row * height);
    for (let column = 0; column < columns; column++) {
      cells.push(cellOf(state, words[addresses.of(counter, column, 0)] ?? 0));
      if (place !== undefined && ((counter + column) & 0xffff) === place.counter) cursor ??= { column, row };
    }
  }
  return { kind: 'text', columns, rows, cells, cursor, colours: Array.from(attributeColours(state), rgbOf) };
};

export const textPicture = (state: VgaState, words: Int32Array, blink: Blink): PixelScreen => {
  const { columns, lines: scanLines } = frameOf(state);
  const lines = new Lines(state);
  const width = columns * (hasNine(state) ? 9 : 8);
  const canvas = canvasOf(width, linesOf(scanLines, lines.doubling));
  const drawn = new TextLine(state, words, blink, canvas);
  for (let y = 0; y < canvas.height; y++) {
    const { counter, scan, isSplit } = lines.at(y * lines.doubling);
    drawn.draw(y, counter, scan, isSplit, columns);
  }
  return screenOf(canvas);
};

class TextLine {
  readonly #state: VgaState;
  readonly #words: Int32Array;
  readonly #blink: Blink;
  readonly #canvas: Canvas;
  readonly #addresses: Addresses;
  readonly #colours: Int32Array;
  readonly #fonts: readonly [number, number];
  readonly #dots: number;
  readonly #hasLines: boolean;
  readonly #cursor: ReturnType<typeof cursorOf>;

  constructor(state: VgaState, words: Int32Array, blink: Blink, canvas: Canvas) {
    this.#state = state;
    this.#words = words;
    this.#blink = blink;
    this.#canvas = canvas;
    this.#addresses = new Addresses(state);
    this.#colours = attributeColours(state);
    this.#fonts = fontsOf(at(state.sequencer, Sr.characterMap));
    this.#dots = hasNine(state) ? 9 : 8;
    this.#hasLines = (at(state.attribute, Ar.mode) & AttributeMode.lines) !== 0;
    this.#cursor = cursorOf(state);
  }

  draw(y: number, counter: number, scan: number, isSplit: boolean, columns: number): void {
    const { pixels, width } = this.#canvas;
    const dots = this.#dots;
    const shift = this.#panning(isSplit);
    // One more character than is shown, where its first dots are.
    const count = shift === 0 ? columns : columns + 1;
    let to = y * width - shift;
    for (let column = 0; column < count; column++, to += dots) {
      const word = this.#words[this.#addresses.of(counter, column, scan)] ?? 0;
      const cell = cellOf(this.#state, word);
      const isCursor = this.#isCursorAt((counter + column) & 0xffff, scan);
      const bits = isCursor ? 0x1ff : this.#dotsOf(word, cell, scan);
      const foreground = this.#colours[cell.foreground] ?? opaque;
      const background = this.#colours[cell.background] ?? opaque;
      const [from, end] = [Math.max(to, y * width), Math.min(to + dots, (y + 1) * width)];
      for (let at = from; at < end; at++) pixels[at] = ((bits >> (8 - (at - to))) & 1) !== 0 ? foreground : background;
    }
  }

  /** Nine, the leftmost in bit 8. */
  #dotsOf(word: number, { code, isBlinking, isUnderlined }: Cell, scan: number): number {
    if (isBlinking && !this.#blink.isTextShown) return 0;
    if (isUnderlined && scan === (at(this.#state.crtc, Cr.underline) & Underline.at)) return 0x1ff;
    const font = this.#fonts[(word >> 11) & 1] ?? 0;
    const glyph = ((this.#words[font + code * glyphBytes + scan] ?? 0) >>> 16) & 0xff;
    return (glyph << 1) | (this.#hasLines && isLine(code) ? glyph & 1 : 0);
  }

  #isCursorAt(counter: number, scan: number): boolean {
    const cursor = this.#cursor;
    return cursor !== undefined && this.#blink.isCursorShown && counter === cursor.counter && scan >= cursor.first && scan <= cursor.last;
  }

  /** Dots to the left; with nine dots 8 is none, and 0 is one. */
  #panning(isSplit: boolean): number {
    const { attribute } = this.#state;
    if (isSplit && (at(attribute, Ar.mode) & AttributeMode.panOnce) !== 0) return 0;
    const panning = at(attribute, Ar.panning) & 0x0f;
    if (this.#dots === 8) return panning & 7;
    return panning >= 8 ? 0 : panning + 1;
  }
}

const hasNine = ({ sequencer }: VgaState): boolean => (at(sequencer, Sr.clocking) & Clocking.dots8) === 0;

const cellOf = ({ attribute, crtc }: VgaState, word: number): Cell => {
  const colours = (word >> 8) & 0xff;
  const blinks = (at(attribute, Ar.mode) & AttributeMode.blink) !== 0;
  return {
    code: word & 0xff,
    foreground: colours & 0x0f,
    background: (colours >> 4) & (blinks ? 0x07 : 0x0f),
    isBlinking: blinks && (colours & 0x80) !== 0,
    isUnderlined: (colours & 0x77) === 0x01 && (at(crtc, Cr.underline) & Underline.at) <= (at(crtc, Cr.scan) & 0x1f),
  };
};

/** Undefined where it is off, or begins below where it ends. */
const cursorOf = ({ crtc }: VgaState): { readonly counter: number; readonly first: number; readonly last: number } | undefined => {
  const start = at(crtc, Cr.cursorStart);
  const [first, last] = [start & 0x1f, at(crtc, Cr.cursorEnd) & 0x1f];
  if ((start & CursorOff) !== 0 || first > last || first > (at(crtc, Cr.scan) & 0x1f)) return undefined;
  return { counter: (at(crtc, Cr.cursorHigh) << 8) | at(crtc, Cr.cursorLow), first, last };
};

/** Where the fonts of characters without and with bit 3 of their attributes begin in plane 2. */
const fontsOf = (select: number): readonly [number, number] => [
  ((select & 0x03) << 14) | ((select & 0x10) << 9),
  ((select & 0x0c) << 12) | ((select & 0x20) << 8),
];
