/** What one leaves behind that was killed while it prepared what machines go on from. */
import { existsSync } from 'node:fs';
import { removeTree } from '../../host/file/files.ts';
import type { Surroundings } from '../../jail/index.ts';
import { workIn } from './outset.ts';
import { socketsIn } from './rehearsal.ts';

/** Removes it, once nobody is at it, and says what it was. */
export const removeLeft = async (surroundings: Surroundings): Promise<readonly string[]> => {
  const there = (): readonly string[] => [workIn(surroundings), socketsIn(surroundings)].filter((path) => existsSync(path));
  if (there().length === 0) return [];
  return surroundings.alone('outsets', 'remove what was left of one', async () => {
    const left = there();
    for (const path of left) removeTree(path);
    return left;
  });
};
