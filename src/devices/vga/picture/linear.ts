/** Modes of the display interface, read from the frame buffer. */
import type { PixelScreen } from '../../../machine/index.ts';
import { attributeColours, dacColours, opaque, wordOf } from '../colours.ts';
import { pitchOf } from '../dispi.ts';
import type { VgaState } from '../state.ts';
import { canvasOf, screenOf } from './canvas.ts';
import { planar } from './graphics.ts';

export const linearPicture = (state: VgaState, memory: Uint8Array, words: Int32Array): PixelScreen => {
  const { dispi } = state;
  const canvas = canvasOf(dispi.width, dispi.height);
  const pixelAt = pixelOf(state, memory, words);
  const pitch = pitchOf(dispi);
  for (let y = 0, to = 0; y < canvas.height; y++) {
    const from = (y + dispi.y) * pitch;
    for (let x = 0; x < canvas.width; x++) canvas.pixels[to++] = pixelAt(from, x + dispi.x);
  }
  return screenOf(canvas);
};

/** A pixel of the line that begins there. */
const pixelOf = (state: VgaState, memory: Uint8Array, words: Int32Array): ((from: number, x: number) => number) => {
  const byte = (at: number): number => memory[at] ?? 0;
  switch (state.dispi.depth) {
    case 4: {
      const colours = attributeColours(state);
      return (from, x) => colours[planar(words[from + (x >> 3)] ?? 0, x & 7)] ?? opaque;
    }
    case 8: {
      const colours = dacColours(state);
      return (from, x) => colours[byte(from + x)] ?? opaque;
    }
    case 15:
      return (from, x) => {
        const pixel = byte(from + 2 * x) | (byte(from + 2 * x + 1) << 8);
        return wordOf(five(pixel >> 10), five(pixel >> 5), five(pixel));
      };
    case 16:
      return (from, x) => {
        const pixel = byte(from + 2 * x) | (byte(from + 2 * x + 1) << 8);
        const green = (pixel >> 5) & 0x3f;
        return wordOf(five(pixel >> 11), (green << 2) | (green >> 4), five(pixel));
      };
    case 24:
      return (from, x) => wordOf(byte(from + 3 * x + 2), byte(from + 3 * x + 1), byte(from + 3 * x));
    default:
      return (from, x) => wordOf(byte(from + 4 * x + 2), byte(from + 4 * x + 1), byte(from + 4 * x));
  }
};

/** Five bits as eight. */
const five = (value: number): number => ((value & 0x1f) << 3) | ((value & 0x1f) >> 2);
