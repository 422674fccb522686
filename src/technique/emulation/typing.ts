/** Keys that are typed, as fast as a computer takes them. */
import { type I8042, type Key, keys } from '../../devices/index.ts';
import type { Keyboard, Stroke } from '../../environment/index.ts';

/** Nobody types faster, and a BIOS has room for 16 keys: what is pasted would run it over. */
const apartMs = 5;

export class Typing implements Keyboard {
  readonly #controller: I8042;
  readonly #wake: () => void;
  #strokes: Stroke[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** `wake` has `feed` called soon. */
  constructor(controller: I8042, wake: () => void) {
    this.#controller = controller;
    this.#wake = wake;
  }

  type(strokes: Iterable<Stroke>): void {
    for (const stroke of strokes) this.#strokes.push(stroke);
    this.#wake();
  }

  /** Gives it the next stroke, if it has fetched the one before. Returns whether it did. */
  feed(): boolean {
    if (this.#timer !== undefined || this.#strokes.length === 0 || !this.#controller.isRead) return false;
    const stroke = this.#strokes.shift();
    if (stroke === undefined || !isKey(stroke.code)) return stroke !== undefined;
    if (stroke.isDown) this.#controller.press(stroke.code);
    else this.#controller.release(stroke.code);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#wake();
    }, apartMs);
    return true;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#strokes = [];
  }
}

const isKey = (code: string): code is Key => Object.hasOwn(keys, code);
