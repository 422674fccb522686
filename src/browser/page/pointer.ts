/** The mouse on the computer's screen: a click has the browser give it away, until Escape, where its system listens to one. */
import type { Movement } from '../../environment/index.ts';

export class PointerView {
  readonly #canvas: HTMLCanvasElement;
  readonly #move: (movement: Movement) => void;
  /** Parts of a pixel that were not told yet. */
  #left = { x: 0, y: 0 };
  isHeard = false;

  constructor(canvas: HTMLCanvasElement, move: (movement: Movement) => void) {
    this.#canvas = canvas;
    this.#move = move;
    for (const kind of ['pointermove', 'pointerdown', 'pointerup'] as const)
      canvas.addEventListener(kind, (event) => {
        if (!this.isHeard || event.pointerType !== 'mouse') return;
        // Where it can't be had, movements over the canvas are all there are.
        if (kind === 'pointerdown' && document.pointerLockElement !== canvas) canvas.requestPointerLock()?.catch(() => {});
        this.#tell(event, 0);
      });
    canvas.addEventListener('contextmenu', (event) => {
      if (this.isHeard) event.preventDefault();
    });
    canvas.addEventListener('wheel', (event) => {
      if (!this.isHeard) return;
      event.preventDefault();
      this.#tell(event, Math.sign(event.deltaY));
    });
  }

  /** A computer that is off hears nothing. */
  release(): void {
    this.isHeard = false;
    if (document.pointerLockElement === this.#canvas) document.exitPointerLock();
  }

  /** In pixels of the screen, whose picture may be larger on the page. Buttons have the same bits: UI Events, MouseEvent.buttons. */
  #tell({ movementX, movementY, buttons }: MouseEvent, dz: number): void {
    const { width, clientWidth } = this.#canvas;
    const scale = clientWidth === 0 ? 1 : width / clientWidth;
    const [x, y] = [this.#left.x + movementX * scale, this.#left.y + movementY * scale];
    const [dx, dy] = [Math.trunc(x), Math.trunc(y)];
    this.#left = { x: x - dx, y: y - dy };
    this.#move({ dx, dy, dz, buttons: buttons & 0x1f });
  }
}
