/** Files that somebody names for a computer. */
import { openSync } from 'node:fs';
import { Refusal } from '../environment/index.ts';
import { inWords, isMissing } from '../host/index.ts';

/** A descriptor for reading. Throws `no-such-path` or `path-closed`; `what` it is to be. */
export const opened = (path: string, what: string): number => {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if (isMissing(error)) throw new Refusal('no-such-path', [path, `give the ${what} as a path on this host`], { cause: error });
    throw new Refusal('path-closed', [path, 'read', inWords(error)], { cause: error });
  }
};
