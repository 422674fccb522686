/** A mouse that is moved, as fast as a computer hears of it. */
import type { I8042 } from '../devices/index.ts';
import type { Mouse, Movement } from '../environment/index.ts';

/** A mouse's controller, or what stands before it. */
export type Pointed = Pick<I8042, 'isMouseHeard' | 'isMouseRead' | 'move'>;

/** Clicks that wait; a movement goes together with the one before it. */
const most = 64;

export class Pointing implements Mouse {
  readonly heard: AsyncIterable<boolean>;
  readonly #controller: Pointed;
  readonly #wake: () => void;
  #movements: Movement[] = [];
  #isHeard = false;
  #isOff = false;
  #news: (() => void) | undefined;

  /** `wake` has `feed` called soon. */
  constructor(controller: Pointed, wake: () => void) {
    this.#controller = controller;
    this.#wake = wake;
    this.heard = { [Symbol.asyncIterator]: () => this.#changes() };
  }

  move(movement: Movement): void {
    const last = this.#movements.at(-1);
    if (last === undefined || last.buttons !== movement.buttons) {
      if (this.#movements.length < most) this.#movements.push(movement);
    } else {
      const { dx, dy, dz, buttons } = last;
      this.#movements[this.#movements.length - 1] = { dx: dx + movement.dx, dy: dy + movement.dy, dz: dz + movement.dz, buttons };
    }
    this.#wake();
  }

  /** Gives it the next movement, if it has fetched the one before; what nobody hears is lost. Returns whether it did. */
  feed(): boolean {
    if (!this.#controller.isMouseHeard) this.#movements = [];
    if (!this.#controller.isMouseRead) return false;
    const movement = this.#movements.shift();
    if (movement === undefined) return false;
    this.#controller.move(movement.dx, movement.dy, movement.dz, movement.buttons);
    return true;
  }

  /** Whether it is heard may be another answer now. */
  look(): void {
    const { isMouseHeard } = this.#controller;
    if (isMouseHeard === this.#isHeard) return;
    this.#isHeard = isMouseHeard;
    this.#news?.();
  }

  close(): void {
    this.#movements = [];
    this.#isOff = true;
    this.#news?.();
  }

  async *#changes(): AsyncGenerator<boolean> {
    let told: boolean | undefined;
    while (!this.#isOff) {
      if (told !== this.#isHeard) {
        told = this.#isHeard;
        yield told;
        continue;
      }
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#news = resolve;
      await promise;
      this.#news = undefined;
    }
  }
}
