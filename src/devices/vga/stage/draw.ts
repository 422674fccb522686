/** Patterns drawn as a guest draws them, and the same by a plain rule: what is expected of a pixel. */
import type { Mode } from './modes.ts';
import type { Guest } from './stage.ts';

/** What a pixel is given in video memory. */
export const pattern = (x: number, y: number, colours: number): number => (x * 3 + y * 5 + ((x * y) >> 4)) % colours;

/** A colour of the DAC, three times six bits. */
export const dacOf = (index: number): readonly number[] => [index & 0x3f, (index * 7 + 1) & 0x3f, (index * 29 + 2) & 0x3f];

export const eight = (six: number): number => (six << 2) | (six >> 4);

export const setColours = (guest: Guest): void => {
  for (let index = 0; index < 256; index++) guest.setColour(index, dacOf(index));
};

/** Every pixel by itself, read, changed and written back. */
export const draw = (guest: Guest, { kind, width, height }: Mode): void => {
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      switch (kind) {
        case 'packed':
          guest.poke(0xa_0000 + y * 320 + x, pattern(x, y, 256));
          break;
        case 'unchained':
          guest.sequencer(2, 1 << (x & 3));
          guest.poke(0xa_0000 + y * 80 + (x >> 2), pattern(x, y, 256));
          break;
        case 'cga4':
        case 'cga2':
          drawCga(guest, kind === 'cga4' ? 2 : 1, x, y);
          break;
        case 'planar':
          // Write mode 2, the bit mask, and what was there in the latches.
          if (x === 0 && y === 0) guest.graphics(5, 2);
          guest.graphics(8, 0x80 >> (x & 7));
          guest.peek(0xa_0000 + Math.floor((y * width + x) / 8));
          guest.poke(0xa_0000 + Math.floor((y * width + x) / 8), pattern(x, y, 16));
          break;
        case 'text':
          return;
      }
    }
};

const drawCga = (guest: Guest, bits: 1 | 2, x: number, y: number): void => {
  const at = 0xb_8000 + (y & 1) * 0x2000 + (y >> 1) * 80 + ((x * bits) >> 3);
  const shift = 8 - bits - ((x * bits) & 7);
  guest.poke(at, guest.peek(at) | (pattern(x, y, 1 << bits) << shift));
};

/** Index into the DAC. */
export const expected = ({ kind, attribute }: Mode, x: number, y: number): number => {
  if (kind === 'packed' || kind === 'unchained') return pattern(x, y, 256);
  const bits = { cga4: 4, cga2: 2, planar: 16, text: 16 }[kind];
  return attribute[pattern(x, y, bits) & (attribute[0x12] ?? 0)] ?? 0;
};
