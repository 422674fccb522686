/** What a computer's monitor shows, for whoever looks at it. */
import type { Vga } from '../devices/index.ts';
import type { Monitor } from '../environment/index.ts';
import type { PixelScreen, Screen } from '../machine/index.ts';

/** What is looked at of it. */
type Shown = Pick<Vga, 'picture' | 'changes' | 'blinks' | 'snapshot'>;

export class VgaMonitor implements Monitor {
  readonly screens: AsyncIterable<Screen>;
  readonly #vga: Shown;
  #news: (() => void) | undefined;
  /** What has changed is in nobody's hands yet. */
  #isNew = false;
  #isOff = false;
  readonly #isDrawn: boolean;
  #blinks = 0;

  /** `isDrawn`: text is drawn in pixels, so what blinks is a change, too; a terminal has its own characters blink. */
  constructor(vga: Shown, { isDrawn = false } = {}) {
    this.#vga = vga;
    this.#isDrawn = isDrawn;
    this.screens = { [Symbol.asyncIterator]: () => this.#screens() };
  }

  picture(): PixelScreen {
    return this.#vga.picture();
  }

  /** It may show something else. Costs nothing while nobody waits for it. */
  look(): void {
    if (this.#news === undefined || !this.#isOther()) return;
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
      const isNew = this.#isOther() || this.#isNew;
      this.#isNew = false;
      if (isNew) yield this.#vga.snapshot();
      if (isLast) return;
      if (!isNew && !this.#isOff) await this.#change();
    }
  }

  /** Whether it may show something else than at the last call. */
  #isOther(): boolean {
    const blinks = this.#isDrawn ? this.#vga.blinks : 0;
    const hasBlinked = blinks !== this.#blinks;
    this.#blinks = blinks;
    return this.#vga.changes().length > 0 || hasBlinked;
  }

  async #change(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#news = resolve;
    await promise;
    this.#news = undefined;
  }
}
