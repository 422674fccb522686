/** Copies on a thread of their own, for who has more to do meanwhile: with two processors, many environments begin a third sooner. */
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { CopyOptions } from './copier.ts';
import type { CopyOrder, FromThread, ToThread } from './copy-thread.ts';

/** How long it waits for further orders, in ms. */
const idleMs = 500;

interface Waiting {
  readonly options: CopyOptions;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

class Thread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #onEnd: () => void;
  #orders = 0;
  #ending: NodeJS.Timeout | undefined;

  /** `onEnd`: it takes no more orders. */
  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
    const name = import.meta.url.endsWith('.ts') ? 'copy-thread.ts' : 'copy-thread.js';
    this.#worker = new Worker(fileURLToPath(new URL(name, import.meta.url)));
    this.#worker.on('message', (message: FromThread) => this.#hear(message));
    this.#worker.on('error', (error: Error) => this.#fail(error));
    this.#worker.on('exit', () => {
      onEnd();
      this.#fail(new Error('the thread that copies files ended'));
    });
  }

  copy(source: string, target: string, options: CopyOptions): Promise<void> {
    const { shift, signal } = options;
    const id = ++this.#orders;
    clearTimeout(this.#ending);
    this.#worker.ref();
    const abort = (): void => this.#say({ abort: id });
    signal?.addEventListener('abort', abort, { once: true });
    return new Promise<void>((resolve, reject) => {
      this.#waiting.set(id, { options, resolve, reject });
      this.#say({ id, source, target, shift } satisfies CopyOrder);
    }).finally(() => {
      signal?.removeEventListener('abort', abort);
      if (this.#waiting.size > 0) return;
      this.#worker.unref();
      this.#ending = setTimeout(() => {
        this.#onEnd();
        void this.#worker.terminate();
      }, idleMs).unref();
    });
  }

  #say(message: ToThread): void {
    this.#worker.postMessage(message);
  }

  #hear({ id, entries, end }: FromThread): void {
    const waiting = this.#waiting.get(id);
    if (entries !== undefined) waiting?.options.onProgress?.(entries);
    if (waiting === undefined || end === undefined) return;
    this.#waiting.delete(id);
    const { signal } = waiting.options;
    if (end === 'done') waiting.resolve();
    else if (signal?.aborted) waiting.reject(signal.reason);
    else waiting.reject(Object.assign(new Error(end.message), end.code !== undefined && { code: end.code }));
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

let thread: Thread | undefined;

export const hasThread = (): boolean => thread !== undefined;

/** As `Copier` does. */
export const copyBeside = (source: string, target: string, options: CopyOptions): Promise<void> => {
  options.signal?.throwIfAborted();
  if (thread === undefined) {
    const begun = new Thread(() => {
      if (thread === begun) thread = undefined;
    });
    thread = begun;
  }
  return thread.copy(source, target, options);
};
