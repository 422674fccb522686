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

  /** Gives it the next stroke, if it has fetched the one before; a key that comes up again comes up at once, lest it repeats where the guest is slow. Returns whether it did. */
  feed(): boolean {
    if (this.#cancel !== undefined || this.#strokes.length === 0 || !this.#controller.isRead) return false;
    const stroke = this.#strokes.shift();
    if (stroke === undefined || !this.#give(stroke)) return stroke !== undefined;
    const [next] = this.#strokes;
    if (stroke.isDown && next?.code === stroke.code && !next.isDown) {
      this.#strokes.shift();
      this.#give(next);
    }
    this.#cancel = this.#timers.after(apartMs, () => {
      this.#cancel = undefined;
      this.#wake();
    });
    return true;
  }

  /** Returns whether it has such a key. */
  #give({ code, isDown }: Stroke): boolean {
    if (!isKey(code)) return false;
    if (isDown) this.#controller.press(code);
    else this.#controller.release(code);
    return true;
  }

  close(): void {
    this.#cancel?.();
    this.#strokes = [];
  }
}

const isKey = (code: string): code is Key => Object.hasOwn(keys, code);
