/** A question as Debian's installer draws it in pixels: red for its title and for what is chosen, on a grey window over blue. */
import type { Screen } from '../../src/machine/index.ts';

export interface Question {
  /** The red words above all else: pixels by their index. */
  readonly title: string;
  /** The first line of pixels of the choice that is marked. */
  readonly chosen: number;
}

/** Linux' colours of the console: drivers/tty/vt/vt.c, default_red and its likes. */
const [red, grey, blue] = [0xaa_0000, 0xaa_aaaa, 0x00_00aa];
/** Letters are thinner. */
const markWidth = 100;

/** Undefined while there is none, or no pixels. */
export const questionOf = (screen: Screen): Question | undefined => {
  if (screen.kind !== 'pixels') return undefined;
  const { width, height, rgba } = screen;
  const counts = new Map<number, number>();
  const title: number[] = [];
  let chosen: number | undefined;
  for (let y = 0, at = 0; y < height; y++) {
    let reds = 0;
    for (let x = 0; x < width; x++, at += 4) {
      const colour = ((rgba[at] ?? 0) << 16) | ((rgba[at + 1] ?? 0) << 8) | (rgba[at + 2] ?? 0);
      counts.set(colour, (counts.get(colour) ?? 0) + 1);
      if (colour !== red) continue;
      reds++;
      if (chosen === undefined) title.push(y * width + x);
    }
    if (reds > markWidth) chosen ??= y;
  }
  const part = (colour: number): number => (counts.get(colour) ?? 0) / (width * height);
  const isThere = chosen !== undefined && title.length > 0 && part(grey) > 0.4 && part(blue) > 0.01;
  return isThere ? { title: title.join(), chosen: chosen ?? 0 } : undefined;
};
