/** Which sources an interpreter is derived from. */
import { createHash } from 'node:crypto';
import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { directory, type Sources } from './remembered.ts';

/** Of all that is in the module or says how it is written, wherever it lies and whichever Node runs it. */
export const digestOfSources = (): string => readSources().digest;

export const readSources = (): Sources => {
  const hash = createHash('sha256');
  const seen: [string, number, number][] = [];
  const files = globSync('**/*.{ts,js}', { cwd: directory }).filter((file) => !/\.(test|d)\.ts$/.test(file));
  for (const file of files.toSorted()) {
    // Before it is read: what changes in between is seen later.
    const { ctimeMs, size } = statSync(join(directory, file));
    seen.push([file, ctimeMs, size]);
    const bytes = readFileSync(join(directory, file));
    hash.update(`${file} ${bytes.length}\n`).update(bytes);
  }
  return { directory, digest: hash.digest('hex'), seen };
};
