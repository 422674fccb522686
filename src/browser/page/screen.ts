/** The computer's monitor, a canvas, and the keyboard before it. */
import type { Stroke } from '../../environment/index.ts';
import type { Shown } from '../computer.ts';

export class ScreenView {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  /** Keys that are down. */
  readonly #held = new Set<string>();

  /** Keys go to the computer while the canvas has the focus. */
  constructor(canvas: HTMLCanvasElement, type: (strokes: readonly Stroke[]) => void) {
    const context = canvas.getContext('2d', { alpha: false });
    if (context === null) throw new Error('this browser has no canvas');
    this.#canvas = canvas;
    this.#context = context;
    canvas.addEventListener('keydown', (event) => {
      event.preventDefault();
      this.#held.add(event.code);
      type([{ code: event.code, isDown: true }]);
    });
    canvas.addEventListener('keyup', (event) => {
      event.preventDefault();
      this.#held.delete(event.code);
      type([{ code: event.code, isDown: false }]);
    });
    // Whoever leaves lets go: nobody tells of a key that comes up elsewhere.
    canvas.addEventListener('blur', () => {
      type([...this.#held].map((code) => ({ code, isDown: false })));
      this.#held.clear();
    });
  }

  /** What it shows as text is the canvas's content, for who can't see it. */
  show({ width, height, rgba, lines }: Shown): void {
    if (this.#canvas.width !== width || this.#canvas.height !== height) {
      this.#canvas.width = width;
      this.#canvas.height = height;
    }
    if (width > 0 && height > 0) this.#context.putImageData(new ImageData(new Uint8ClampedArray(rgba.buffer), width, height), 0, 0);
    this.#canvas.textContent = lines.join('\n');
  }
}
