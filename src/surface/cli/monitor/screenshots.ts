/** A computer's screen as a PNG file: when it has ended, and whenever SIGUSR1 comes. */
import { accessSync, constants, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Monitor, Refusal } from '../../../environment/index.ts';
import { inWords, isMissing, pngOf, writeWhole } from '../../../host/index.ts';

export class Screenshots implements Disposable {
  readonly #path: string;
  #monitor: Monitor | undefined;
  #lost: unknown;
  #isOver = false;

  /** Throws `path-closed` where the file can't be written, before anything starts. */
  constructor(path: string) {
    this.#path = path;
    try {
      if (kindOf(path) === 'directory') throw closed(path, 'it is a directory');
      accessSync(kindOf(path) === 'nothing' ? dirname(path) : path, constants.W_OK);
    } catch (error) {
      throw error instanceof Refusal ? error : closed(path, inWords(error), error);
    }
    // Node's debugger listens to it otherwise.
    process.on('SIGUSR1', this.#take);
  }

  /** From now on there is something to be seen. */
  of(monitor: Monitor): void {
    this.#monitor = monitor;
  }

  /** The last one. Throws `path-closed` where it, or one before, couldn't be written. */
  end(): void {
    this.#take();
    this.#isOver = true;
    const lost = this.#lost;
    if (lost !== undefined) throw closed(this.#path, inWords(lost), lost);
  }

  /** The last one, where something else ended it: who reads its serial port went away. */
  [Symbol.dispose](): void {
    if (!this.#isOver) this.#take();
    process.off('SIGUSR1', this.#take);
  }

  /** A reader never sees half of one. What goes wrong is told at the end: the terminal may be the computer's now. */
  readonly #take = (): void => {
    if (this.#monitor === undefined) return;
    const png = pngOf(this.#monitor.picture());
    try {
      if (kindOf(this.#path) === 'else') writeFileSync(this.#path, png);
      else writeWhole(this.#path, png);
    } catch (error) {
      this.#lost ??= error;
    }
  };
}

const kindOf = (path: string): 'file' | 'directory' | 'nothing' | 'else' => {
  try {
    const found = statSync(path);
    return found.isFile() ? 'file' : found.isDirectory() ? 'directory' : 'else';
  } catch (error) {
    if (isMissing(error)) return 'nothing';
    throw error;
  }
};

const closed = (path: string, why: string, cause?: unknown): Refusal => new Refusal('path-closed', [path, 'written', why], { cause });
