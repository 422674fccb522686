import type { Call } from '../../environment/index.ts';
import type { Shop } from './shop.ts';

/** Runs work on a name while nobody else works on it, and tells whom it waits for. */
export const alone = <T>({ locks }: Shop, name: string, purpose: string, call: Call, work: () => Promise<T>): Promise<T> =>
  locks.hold(`image ${name}`, purpose, work, {
    signal: call.signal,
    onWait: (other, pid) => call.say(`isola ${other} (process ${pid}) is at work on ${name}: waiting for it`),
  });
