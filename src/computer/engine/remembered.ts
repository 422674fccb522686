/** What is remembered of the sources that an interpreter is derived from. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeWhole } from '../../host/index.ts';

/** Where they are. */
export const directory = fileURLToPath(new URL('../../isa', import.meta.url));

/** `seen` are files with their ctimes, which nobody can set, and sizes, as they were when all together had the digest. */
export interface Sources {
  readonly directory: string;
  readonly digest: string;
  readonly seen: readonly (readonly [file: string, changedMs: number, bytes: number])[];
}

/**
 * As they were remembered in a file, for reading them all takes far longer than seeing that none has changed; undefined where one has, or where none are remembered. A
 * file that comes to them is imported by one that changes.
 */
export const rememberedSources = (path: string): Sources | undefined => {
  try {
    const sources = JSON.parse(readFileSync(path, 'utf8')) as Sources; // It was written below.
    return sources.directory === directory && sources.seen.every(isUnchanged) ? sources : undefined;
  } catch {
    // None, or of another isola.
    return undefined;
  }
};

const isUnchanged = ([file, changedMs, bytes]: Sources['seen'][number]): boolean => {
  const found = statSync(join(directory, file), { throwIfNoEntry: false });
  return found !== undefined && found.ctimeMs === changedMs && found.size === bytes;
};

export const rememberSources = (path: string, sources: Sources): void => {
  try {
    writeWhole(path, JSON.stringify(sources));
  } catch {
    // It is another user's, or there is no room: they are read each time.
  }
};
