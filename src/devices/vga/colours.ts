/** From what is in video memory to colours: attribute controller and DAC. A colour is a word of RGBA as it lies in memory. */
import { at } from './crtc.ts';
import { Enable } from './dispi.ts';
import { Ar, AttributeMode } from './registers.ts';
import type { VgaState } from './state.ts';

export const opaque = 0xff00_0000 | 0;
export const wordOf = (red: number, green: number, blue: number): number => opaque | (blue << 16) | (green << 8) | red;

/** All of the DAC, as what a pixel of 8 bits shows. */
export const dacColours = ({ palette, dacMask, dispi }: VgaState): Int32Array => {
  const is8 = (dispi.enable & Enable.dac8) !== 0;
  const level = (value: number): number => (is8 ? value : ((value & 0x3f) << 2) | ((value & 0x3f) >> 4));
  return Int32Array.from({ length: 256 }, (_, pixel) => {
    const entry = (pixel & dacMask) * 3;
    return wordOf(level(at(palette, entry)), level(at(palette, entry + 1)), level(at(palette, entry + 2)));
  });
};

/** What a pixel of 4 bits shows. */
export const attributeColours = (state: VgaState): Int32Array => {
  const { attribute } = state;
  const dac = dacColours(state);
  const [mode, select, planes] = [at(attribute, Ar.mode), at(attribute, Ar.select), at(attribute, Ar.planes)];
  const isSelected = (mode & AttributeMode.select) !== 0;
  return Int32Array.from({ length: 16 }, (_, pixel) => {
    const inner = at(attribute, pixel & planes) & 0x3f;
    const low = isSelected ? (inner & 0x0f) | ((select & 0x03) << 4) : inner;
    return dac[low | ((select & 0x0c) << 4)] ?? opaque;
  });
};

/** 0xRRGGBB of a word. */
export const rgbOf = (word: number): number => ((word & 0xff) << 16) | (word & 0xff00) | ((word >> 16) & 0xff);
