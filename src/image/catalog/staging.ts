/** Places for half-made things. Each bears the mark of its process, so that what a killed one left is recognized. */
import { mkdirSync, readdirSync } from 'node:fs';
import { isAlive, ownMark, run } from '../../host/index.ts';
import type { Place } from './place.ts';

let count = 0;

/** A fresh directory, removed with all it holds when disposed. */
export class Staging implements AsyncDisposable {
  readonly directory: string;

  constructor(place: Place) {
    place.prepare();
    this.directory = `${place.staging}/${ownMark().replaceAll(':', '.')}.${count++}`;
    mkdirSync(this.directory, { mode: 0o700 });
  }

  path(name: string): string {
    return `${this.directory}/${name}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await removeTrees([this.directory]);
  }
}

/** Staging directories whose process is gone. */
export const abandoned = (place: Place): readonly string[] =>
  entriesOf(place.staging)
    .filter((name) => !isAlive(name.split('.').slice(0, 3).join(':')))
    .map((name) => `${place.staging}/${name}`);

/** Names in a directory; none where there is no such directory. */
export const entriesOf = (directory: string): readonly string[] => {
  try {
    return readdirSync(directory).sort();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
};

/**
 * Removes whole trees, never what is mounted in them. The program rm does it in a fifth of the time of Node's rmSync (10,000
 * files: 140 against 700 ms).
 */
export const removeTrees = async (paths: readonly string[]): Promise<void> => {
  if (paths.length > 0) await run('rm', ['-rf', '--one-file-system', '--', ...paths]);
};
