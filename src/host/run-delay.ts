/** How long this thread was ready and the host let others run: Linux, Documentation/scheduler/sched-stats.rst, /proc/PID/schedstat. */
import { closeSync, openSync, readSync } from 'node:fs';

/** Nanoseconds run, nanoseconds waited, how often it began. */
const line = /^\d+ (\d+) \d+/;
const mostBytes = 64;

export class RunDelay implements Disposable {
  readonly #file: number;
  readonly #bytes = Buffer.alloc(mostBytes);

  private constructor(file: number) {
    this.#file = file;
  }

  /** Of the thread that calls. Undefined where the host doesn't tell. */
  static open(): RunDelay | undefined {
    try {
      return new RunDelay(openSync('/proc/thread-self/schedstat', 'r'));
    } catch (error) {
      if (error instanceof Error && 'code' in error) return undefined;
      throw error;
    }
  }

  /** Nanoseconds, in all. Nothing, where the kernel counts none. */
  read(): bigint {
    const length = readSync(this.#file, this.#bytes, 0, mostBytes, 0);
    return BigInt(line.exec(this.#bytes.toString('latin1', 0, length))?.[1] ?? 0);
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }
}
