/** What the monitor shows. */
import type { PixelScreen, Screen } from '../../../machine/index.ts';
import { at, frameOf, Lines } from '../crtc.ts';
import { isOn } from '../dispi.ts';
import { Clocking, Gr, GraphicsMisc, PaletteShown, Sr } from '../registers.ts';
import type { VgaState } from '../state.ts';
import { blinkOf, canvasOf, linesOf, screenOf } from './canvas.ts';
import { graphicsPicture, repeatsOf } from './graphics.ts';
import { linearPicture } from './linear.ts';
import { textPicture, textScreen } from './text.ts';

/** Characters in text modes, pixels in others and while the screen is off. */
export const screenShown = (state: VgaState, memory: Uint8Array, words: Int32Array, pictures: number): Screen =>
  isTextShown(state) ? textScreen(state, words) : pictureShown(state, memory, words, pictures);

export const pictureShown = (state: VgaState, memory: Uint8Array, words: Int32Array, pictures: number): PixelScreen => {
  if (isOff(state)) return dark(state);
  if (isOn(state.dispi)) return linearPicture(state, memory, words);
  return isGraphics(state) ? graphicsPicture(state, words) : textPicture(state, words, blinkOf(pictures));
};

export const isTextShown = (state: VgaState): boolean => !isOff(state) && !isOn(state.dispi) && !isGraphics(state);

/** Lines of the picture. */
export const heightShown = (state: VgaState): number => {
  if (isOn(state.dispi)) return state.dispi.height;
  const { lines } = frameOf(state);
  return isOff(state) ? lines : linesOf(lines, isGraphics(state) ? repeatsOf(state) : new Lines(state).doubling);
};

const isGraphics = ({ graphics }: VgaState): boolean => (at(graphics, Gr.misc) & GraphicsMisc.graphics) !== 0;

const isOff = ({ attributeIndex, sequencer }: VgaState): boolean =>
  (attributeIndex & PaletteShown) === 0 || (at(sequencer, Sr.clocking) & Clocking.off) !== 0;

const dark = (state: VgaState): PixelScreen => {
  const { columns, lines, dotsPerColumn } = frameOf(state);
  const { dispi } = state;
  const canvas = isOn(dispi) ? canvasOf(dispi.width, dispi.height) : canvasOf(columns * dotsPerColumn, lines);
  canvas.pixels.fill(0xff00_0000);
  return screenOf(canvas);
};
