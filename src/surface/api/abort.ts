import type { Abort } from '../../environment/index.ts';

/** The items of another iterable, until the signal is aborted: then its reason is thrown, though the next item may never come. */
export async function* abortable<T>(items: AsyncIterable<T>, signal: Abort | undefined): AsyncGenerator<T> {
  if (signal === undefined) return yield* items;
  const iterator = items[Symbol.asyncIterator]();
  const aborted = Promise.withResolvers<never>();
  // Heard below, or by nobody when the items end first.
  aborted.promise.catch(() => {});
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    signal.throwIfAborted();
    for (;;) {
      const step = await Promise.race([iterator.next(), aborted.promise]);
      if (step.done) return;
      yield step.value;
    }
  } finally {
    signal.removeEventListener('abort', abort);
    // One that waits for its next item ends when that comes.
    void iterator.return?.()?.catch(() => {});
  }
}

/** What a promise gives, or the signal's reason if that is sooner. */
export const unlessAborted = async <T>(work: Promise<T>, signal: Abort | undefined): Promise<T> => {
  if (signal === undefined) return work;
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  work.catch(() => {});
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
};
