/** What a full or read-only disk makes impossible, whichever part of a command met it, is no mistake of isola's. */
import { dirname } from 'node:path';
import { Refusal } from '../environment/index.ts';
import { hasCode } from '../host/index.ts';

/** Runs work on a store. Throws `no-space` or `store-unusable` instead of errno(3)'s ENOSPC, EDQUOT and EROFS. */
export const refusing = async <T>(store: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    throw asRefusal(error, store);
  }
};

const asRefusal = (error: unknown, store: string): unknown => {
  const path = error instanceof Error && 'path' in error ? String(error.path) : undefined;
  if (hasCode(error, 'ENOSPC') || hasCode(error, 'EDQUOT')) {
    return new Refusal('no-space', [path ?? 'what was to be written', path === undefined ? store : dirname(path)], { cause: error });
  }
  if (hasCode(error, 'EROFS'))
    return new Refusal('store-unusable', [store, `${path ?? 'it'} lies on a read-only file system`], { cause: error });
  return error;
};
