import { setTimeout as sleep } from 'node:timers/promises';

/** Waits, or throws the signal's reason. */
export const pause = async (ms: number, signal: AbortSignal): Promise<void> => {
  try {
    await sleep(ms, undefined, { signal });
  } catch {
    signal.throwIfAborted();
  }
};
