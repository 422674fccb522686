/** What pictures are drawn on. */
import type { PixelScreen } from '../../../machine/index.ts';

export interface Canvas {
  readonly width: number;
  readonly height: number;
  /** A word of RGBA each. */
  readonly pixels: Int32Array;
}

/** Which half of their periods what blinks is in. */
export interface Blink {
  readonly isTextShown: boolean;
  readonly isCursorShown: boolean;
}

/** The cursor is shown for 8 pictures and hidden for 8, text for 16 each: IBM's reference, "Cursor Start" and "Attribute Mode Control". */
export const blinkOf = (pictures: number): Blink => ({ isCursorShown: (pictures & 8) === 0, isTextShown: (pictures & 16) === 0 });

export const canvasOf = (width: number, height: number): Canvas => ({ width, height, pixels: new Int32Array(width * height) });

/** Lines of a picture whose scan lines are repeated: one at the least. */
export const linesOf = (scanLines: number, repeated: number): number => Math.max(1, Math.floor(scanLines / repeated));

export const screenOf = ({ width, height, pixels }: Canvas): PixelScreen => ({
  ...{ kind: 'pixels', width, height },
  rgba: new Uint8Array(pixels.buffer),
});
