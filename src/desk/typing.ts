/** Keys that are typed, as fast as a computer takes them. */
import { type I8042, type Key, keys } from '../devices/index.ts';
import type { Keyboard, Stroke } from '../environment/index.ts';
import type { Timers } from './timers.ts';

/** A keyboard's controller, or what stands before it. */
export type Typed = Pick<I8042, 'isRead' | 'press' | 'release'>;

/** Nobody types faster, and a BIOS has room for 16 keys: what is pasted would run it over. */
const apartMs = 5;

export class Typing implements Keyboard {
  readonly #controller: Typed;
  readonly #timers: Timers;
  readonly #wake: () => void;
  #strokes: Stroke[] = [];
  /** Calls off what the next stroke waits for. */
  #cancel: (() => void) | undefined;

  /** `wake` has `feed` called soon. */
  constructor(controller: Typed, timers: Timers, wake: () => void) {
    this.#controller = controller;
    this.#timers = timers;
    this.#wake = wake;
  }

  type(strokes: Iterable<Stroke>): void {
    for (const stroke of strokes) this.#strokes.push(stroke);
    this.#wake();
  }

  /** Gives it the next stroke: a key goes down when it has fetched what came before, and comes up soon, lest it repeats. Returns whether it did. */
  feed(): boolean {
    const [next] = this.#strokes;
    if (this.#cancel !== undefined || next === undefined || (next.isDown && !this.#controller.isRead)) return false;
    const stroke = this.#strokes.shift();
    if (stroke === undefined || !isKey(stroke.code)) return stroke !== undefined;
    if (stroke.isDown) this.#controller.press(stroke.code);
    else this.#controller.release(stroke.code);
    this.#cancel = this.#timers.after(apartMs, () => {
      this.#cancel = undefined;
      this.#wake();
    });
    return true;
  }

  close(): void {
    this.#cancel?.();
    this.#strokes = [];
  }
}

const isKey = (code: string): code is Key => Object.hasOwn(keys, code);
