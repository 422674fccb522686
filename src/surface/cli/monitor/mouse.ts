/** A terminal's mouse moved as a computer's: while its system listens to one, and no longer, for a terminal has other uses for it. */
import type { Mouse } from '../../../environment/index.ts';
import { Pointer, reportIn } from '../../../terminal/index.ts';
import type { Canvas } from './canvas.ts';

/** Returns what takes the terminal's reports, behind CSI. */
export const pointWith = (mouse: Mouse, canvas: Canvas): ((report: string) => void) => {
  const pointer = new Pointer();
  return (text) => {
    const report = reportIn(text);
    const { cell } = canvas;
    if (report !== undefined && cell !== undefined) mouse.move(pointer.move(report, cell));
  };
};

/** Until the computer is off. Rejects with OutputLost. */
export const listen = async ({ heard }: Mouse, canvas: Canvas): Promise<void> => {
  for await (const isHeard of heard) await canvas.point(isHeard);
};
