/** What all environments of a store share: the /proc view and the bridge with its name server. They end with the last one. */
import { readdirSync } from 'node:fs';
import { controlGroup, groupsBelow, removeParent } from '../../host/cgroup/index.ts';
import { isMissing, removeTree } from '../../host/files.ts';
import { lowerLxcfs } from '../../host/lxcfs.ts';
import { lowerBridgeOf } from './network.ts';
import { keepersGroup, parentGroup, type Surroundings } from './place.ts';

/** Safe to call at any time: an environment on its way in already has its control group, and then nothing is lowered. */
export const lowerServices = (surroundings: Surroundings): Promise<void> =>
  surroundings.alone('services', 'stop', async () => {
    const { tag, runtime } = surroundings;
    const others = [...groupsBelow(parentGroup(tag))].filter((name) => name !== 'keepers');
    if (others.length > 0) return;
    await lowerLxcfs(runtime);
    await lowerBridgeOf(surroundings);
    const keepers = controlGroup(keepersGroup(tag));
    if (keepers.members().length === 0) {
      await keepers.remove();
      removeParent(parentGroup(tag));
    }
    for (const name of ['crun', 've']) removeIfEmpty(`${runtime}/${name}`);
    removeIfEmpty(runtime);
  });

const removeIfEmpty = (path: string): void => {
  try {
    if (readdirSync(path).length === 0) removeTree(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
};
