/** Graphics modes of the VGA itself: four planes, CGA's two-bit pixels, 256 colours. */
import type { PixelScreen } from '../../../machine/index.ts';
import { attributeColours, dacColours, opaque } from '../colours.ts';
import { Addresses, at, frameOf, Lines } from '../crtc.ts';
import { Ar, AttributeMode, Gr, GraphicsMode } from '../registers.ts';
import type { VgaState } from '../state.ts';
import { canvasOf, linesOf, screenOf } from './canvas.ts';

/** How the planes' four bytes at one address become pixels. */
interface Shifter {
  readonly pixels: number;
  readonly colours: Int32Array;
  pixel(word: number, index: number): number;
}

/** As many pixels as a guest can tell apart: of scan lines that repeat the first. */
export const graphicsPicture = (state: VgaState, words: Int32Array): PixelScreen => {
  const { columns, lines: scanLines } = frameOf(state);
  const [lines, addresses] = [new Lines(state), new Addresses(state)];
  const shifter = shifterOf(state);
  const repeated = repeatsOf(state);
  const canvas = canvasOf(columns * shifter.pixels, linesOf(scanLines, repeated));
  const { pixels, width } = canvas;
  for (let y = 0; y < canvas.height; y++) {
    const { counter, scan, isSplit } = lines.at(y * repeated);
    const shift = panningOf(state, shifter.pixels, isSplit);
    let index = shift;
    let column = 0;
    let word = words[addresses.of(counter, column, scan)] ?? 0;
    for (let at = y * width; at < (y + 1) * width; at++) {
      pixels[at] = shifter.colours[shifter.pixel(word, index)] ?? opaque;
      if (++index < shifter.pixels) continue;
      index = 0;
      word = words[addresses.of(counter, ++column, scan)] ?? 0;
    }
  }
  return screenOf(canvas);
};

/** Scan lines that show the same. */
export const repeatsOf = (state: VgaState): number => {
  const lines = new Lines(state);
  return lines.doubling * (new Addresses(state).isInterlaced ? 1 : lines.rowLines);
};

const shifterOf = (state: VgaState): Shifter => {
  const mode = at(state.graphics, Gr.mode);
  if ((mode & GraphicsMode.colours256) !== 0)
    return { pixels: 4, colours: dacColours(state), pixel: (word, index) => (word >>> (8 * index)) & 0xff };
  return { pixels: 8, colours: attributeColours(state), pixel: (mode & GraphicsMode.interleave) !== 0 ? interleaved : planar };
};

/** Its bit of each plane. */
export const planar = (word: number, index: number): number => {
  const bits = word >>> (7 - index);
  return (bits & 1) | ((bits >> 7) & 2) | ((bits >> 14) & 4) | ((bits >> 21) & 8);
};

/** Two bits of planes 0 and 1, one after the other, and above them two of planes 2 and 3. */
const interleaved = (word: number, index: number): number => {
  const bits = word >>> ((index & 4) * 2 + 6 - 2 * (index & 3));
  return (bits & 3) | ((bits >> 14) & 12);
};

/** Pixels to the left. Of 256 colours a pixel is two dots. */
const panningOf = ({ attribute }: VgaState, pixels: number, isSplit: boolean): number => {
  if (isSplit && (at(attribute, Ar.mode) & AttributeMode.panOnce) !== 0) return 0;
  const dots = at(attribute, Ar.panning) & 7;
  return pixels === 4 ? dots >> 1 : dots;
};
