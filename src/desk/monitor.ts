/** What a computer's monitor shows, for whoever looks at it. */
import type { Vga } from '../devices/index.ts';
import type { Monitor } from '../environment/index.ts';
import type { PixelScreen, Screen } from '../machine/index.ts';

/** What is looked at of it. */
type Shown = Pick<Vga, 'picture' | 'changes' | 'snapshot'>;

export class VgaMonitor implements Monitor {
  readonly screens: AsyncIterable<Screen>;
  readonly #vga: Shown;
  #news: (() => void) | undefined;
  /** What has changed is in nobody's hands yet. */
  #isNew = false;
  #isOff = false;

  constructor(vga: Shown) {
    this.#vga = vga;
    this.screens = { [Symbol.asyncIterator]: () => this.#screens() };
  }

  picture(): PixelScreen {
    return this.#vga.picture();
  }

  /** It may show something else. Costs nothing while nobody waits for it. */
  look(): void {
    if (this.#news === undefined || this.#vga.changes().length === 0) return;
    this.#isNew = true;
    this.#news();
  }

  close(): void {
    this.#isOff = true;
    this.#news?.();
  }

  async *#screens(): AsyncGenerator<Screen> {
    this.#isNew = true;
    for (;;) {
      const isLast = this.#isOff;
      const isNew = this.#vga.changes().length > 0 || this.#isNew;
      this.#isNew = false;
      if (isNew) yield this.#vga.snapshot();
      // Its time goes on, and with it what blinks.
      if (isLast) return;
      if (!isNew && !this.#isOff) await this.#change();
    }
  }

  async #change(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#news = resolve;
    await promise;
    this.#news = undefined;
  }
}
