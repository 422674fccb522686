/** A monitor in memory: a text on a screen of 40 by 5, white on blue, with a cursor behind it. */
import type { Monitor } from '../../src/environment/index.ts';
import type { PixelScreen, Screen } from '../../src/machine/index.ts';

const [columns, rows] = [40, 5];
/** IBM's sixteen, of which it shows two. */
const colours = [0x00_0000, 0x00_00aa, 0xaa_aaaa, ...Array<number>(12).fill(0), 0xff_ffff];

export class MemoryMonitor implements Monitor {
  readonly screens: AsyncIterable<Screen>;
  #text: string;
  #news = Promise.withResolvers<void>();
  #isNew = false;
  #isOff = false;

  constructor(text: string) {
    this.#text = text;
    this.screens = { [Symbol.asyncIterator]: () => this.#screens() };
  }

  /** Nothing any more when it is off. */
  show(text: string): void {
    if (this.#isOff) return;
    this.#text += text;
    this.#tell();
  }

  close(): void {
    this.#isOff = true;
    this.#tell();
  }

  /** A pixel for each character, white where there is one. */
  picture(): PixelScreen {
    const rgba = Uint8Array.from(
      Array.from({ length: columns * rows }, (_, at) => (at < this.#text.length ? [255, 255, 255, 255] : [0, 0, 170, 255])).flat(),
    );
    return { kind: 'pixels', width: columns, height: rows, rgba };
  }

  #tell(): void {
    this.#isNew = true;
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }

  async *#screens(): AsyncGenerator<Screen> {
    this.#isNew = true;
    for (;;) {
      const isNew = this.#isNew;
      this.#isNew = false;
      if (isNew) yield this.#screen();
      else if (this.#isOff) return;
      else await this.#news.promise;
    }
  }

  #screen(): Screen {
    const text = this.#text.slice(0, columns * rows);
    const cells = Array.from({ length: columns * rows }, (_, at) => ({
      ...{ code: text.charCodeAt(at) || 0x20, foreground: 15, background: 1, isBlinking: false, isUnderlined: false },
    }));
    const cursor = { column: text.length % columns, row: Math.floor(text.length / columns) };
    return { kind: 'text', columns, rows, cells, cursor, colours };
  }
}
