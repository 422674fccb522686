/** Where a trace goes: written beside the computer, which waits where that is slow. */
import { close, closeSync, constants, openSync, statSync, write } from 'node:fs';
import { promisify } from 'node:util';
import { Refusal } from '../../environment/index.ts';
import { inWords } from '../../host/index.ts';

const [writing, closing] = [promisify(write), promisify(close)];
const stderr = 2;
/** Bytes that are written at once, and those that may wait until the computer does. */
const [atOnce, mostWaiting] = [65_536, 4 * 1024 ** 2];
/** A pipe that takes nothing is asked again that much later. */
const retryMs = 5;
/** Who reads no more once the computer is off isn't waited for longer than that. */
const patienceMs = 10_000;

export class TraceFile implements Disposable {
  readonly #path: string;
  readonly #file: number;
  readonly #drained: () => void;
  #text = '';
  readonly #chunks: Buffer[] = [];
  #waiting = 0;
  #written = 0;
  #work: Promise<void> | undefined;
  #lost: Refusal | undefined;
  #isOpen = true;

  /** `drained`: it takes more again. Throws `path-closed`. */
  constructor(path: string, drained: () => void) {
    this.#path = path;
    this.#drained = drained;
    this.#file = path === '-' ? stderr : this.#opened();
  }

  /** Whether so much waits that the computer should, too. Throws `path-closed` where no more can be written. */
  get isFull(): boolean {
    if (this.#lost !== undefined) throw this.#lost;
    return this.#waiting > mostWaiting;
  }

  line(text: string): void {
    this.#text += `${text}\n`;
    if (this.#text.length >= atOnce) this.#push();
  }

  /** All is written. Throws `path-closed`. */
  async end(): Promise<void> {
    this.#push();
    for (let before = -1; this.#work !== undefined && this.#written !== before; ) {
      before = this.#written;
      await Promise.race([this.#work, passed()]);
    }
    if (this.#lost !== undefined) throw this.#lost;
    if (this.#work !== undefined) throw this.#refusal('nobody reads it any more');
  }

  [Symbol.dispose](): void {
    if (!this.#isOpen || this.#file === stderr) return;
    this.#isOpen = false;
    // A write that is under way has its file until it is through.
    void (this.#work ?? Promise.resolve()).then(() => closing(this.#file)).catch(() => {});
  }

  #push(): void {
    if (this.#text === '' || this.#lost !== undefined) return;
    const chunk = Buffer.from(this.#text);
    this.#text = '';
    this.#chunks.push(chunk);
    this.#waiting += chunk.length;
    this.#work ??= this.#write();
  }

  async #write(): Promise<void> {
    try {
      for (let chunk = this.#chunks.shift(); chunk !== undefined; chunk = this.#chunks.shift()) await this.#all(chunk);
    } catch (error) {
      this.#lost = this.#refusal(inWords(error), error);
      this.#chunks.length = 0;
    }
    this.#work = undefined;
    this.#drained();
  }

  async #all(chunk: Buffer): Promise<void> {
    for (let from = 0; from < chunk.length && this.#isOpen; ) {
      try {
        const { bytesWritten } = await writing(this.#file, chunk, from);
        from += bytesWritten;
        this.#written += bytesWritten;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
        await new Promise((resolve) => setTimeout(resolve, retryMs));
      }
    }
    const wasFull = this.#waiting > mostWaiting;
    this.#waiting -= chunk.length;
    if (wasFull && this.#waiting <= mostWaiting) this.#drained();
  }

  /** A pipe is opened without waiting for who reads it, and is never without a writer meanwhile: its reader would go. */
  #opened(): number {
    try {
      const isPipe = statSync(this.#path, { throwIfNoEntry: false })?.isFIFO() === true;
      const first = isPipe ? openSync(this.#path, constants.O_WRONLY | constants.O_NONBLOCK) : undefined;
      try {
        return openSync(this.#path, 'w');
      } finally {
        if (first !== undefined) closeSync(first);
      }
    } catch (error) {
      const isUnread = (error as NodeJS.ErrnoException).code === 'ENXIO';
      throw this.#refusal(isUnread ? 'nobody reads it' : inWords(error), error);
    }
  }

  #refusal(why: string, cause?: unknown): Refusal {
    return new Refusal('path-closed', [this.#path === '-' ? 'standard error' : this.#path, 'written', why], { cause });
  }
}

const passed = (): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, patienceMs).unref();
  });
