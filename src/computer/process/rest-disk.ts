/** The disk that a machine reads what it is to be from: a text, with the time of day as it is read, up to a zero byte. */
import { readFileSync } from 'node:fs';
import { restMost } from '../../agent/index.ts';
import type { Disk } from '../../machine/index.ts';

/** A machine to be saved finds nothing yet: `path` is undefined. */
export const restDisk = (path?: string): Disk => {
  const text = path === undefined ? undefined : readFileSync(path);
  return {
    ...{ sizeBytes: restMost, isReadOnly: true },
    read: (at, into) => {
      into.fill(0);
      if (text === undefined) return true;
      const whole = Buffer.concat([text, Buffer.from(`now ${Date.now()}\n`)]);
      into.set(whole.subarray(at, at + into.length));
      return true;
    },
    write: () => false,
    flush: () => true,
  };
};
