/** What ends work before its time. */

/** What is needed of an AbortSignal; both Node's and the browser's fit. */
export interface Abort {
  readonly aborted: boolean;
  readonly reason: unknown;
  throwIfAborted(): void;
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** Has something done once a signal is aborted, at once where it is: who begins to listen may come too late to hear of it. Not any more once it is disposed of. */
export const whenAborted = (signal: Abort | undefined, act: () => void): Disposable => {
  // Its own: of two that are the same function a signal keeps one.
  const listener = (): void => act();
  signal?.addEventListener('abort', listener, { once: true });
  if (signal?.aborted) act();
  return { [Symbol.dispose]: () => signal?.removeEventListener('abort', listener) };
};
