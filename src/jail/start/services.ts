/** What all environments of a store share: the /proc view and the bridge with its name server. They end with the last one. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import type { Abort, Spec } from '../../environment/index.ts';
import { controlGroup, removeParent } from '../../host/cgroup/index.ts';
import { isMissing, removeTree } from '../../host/file/files.ts';
import { lowerLxcfs, raiseLxcfs } from '../../host/lxcfs.ts';
import { isOrdinaryUser, isRootless } from '../../host/user/index.ts';
import { groupIds } from '../group.ts';
import { keepersGroup, parentGroup, type Surroundings } from '../place.ts';

/**
 * Makes sure they are up, and returns where lxcfs shows its files, if they are wanted; an ordinary user has none of them. Starting them takes longer than anything else of a start, so
 * whoever knows early that they will be needed calls this early, and again when they are needed.
 */
export const raiseServices = (
  surroundings: Surroundings,
  { network, view }: { readonly network: Spec['network']; readonly view: boolean },
  signal: Abort,
): Promise<string | undefined> =>
  surroundings.alone(
    'services',
    'start',
    async () => {
      const [lxcfs] = await Promise.all([
        isRootless() || !view ? undefined : raiseLxcfs(surroundings.runtime),
        network === 'bridge' && !isRootless() ? raiseBridgeOf(surroundings) : undefined,
      ]);
      return lxcfs;
    },
    signal,
  );

const raiseBridgeOf = async (surroundings: Surroundings): Promise<void> => (await import('../network.ts')).raiseBridgeOf(surroundings);

/** Safe to call at any time: an environment on its way in already has its control group, and then nothing is lowered. */
export const lowerServices = (surroundings: Surroundings): Promise<void> =>
  surroundings.alone('services', 'stop', async () => {
    const { runtime } = surroundings;
    if (groupIds(surroundings).length > 0) return;
    // Nor has a user who got no namespace: why not is told where something needs one.
    if (!isOrdinaryUser()) await lowerShared(surroundings);
    for (const name of ['crun', 've']) removeIfEmpty(`${runtime}/${name}`);
    removeIfEmpty(runtime);
  });

const lowerShared = async (surroundings: Surroundings): Promise<void> => {
  const { tag, runtime } = surroundings;
  await Promise.all([lowerLxcfs(runtime), lowerBridgeOf(surroundings)]);
  const keepers = controlGroup(keepersGroup(tag));
  if (keepers.members().length > 0) return;
  await keepers.remove();
  removeParent(parentGroup(tag));
};

/**
 * The same, but the kernel takes 50 ms and more to let go of a bridge: nobody whose command is done waits for that. Another isola
 * does, which also sees if the bridge is needed again meanwhile.
 */
export const lowerServicesSoon = async (surroundings: Surroundings): Promise<void> => {
  if (!existsSync(`/sys/class/net/isola${surroundings.tag}`)) return lowerServices(surroundings);
  const [program = '', ...args] = surroundings.self;
  spawn(program, [...args, 'reap'], { stdio: 'ignore', detached: true, cwd: '/' }).unref();
};

const lowerBridgeOf = async (surroundings: Surroundings): Promise<void> => {
  if (await surroundings.hasBridge()) await (await import('../network.ts')).lowerBridgeOf(surroundings);
};

const removeIfEmpty = (path: string): void => {
  try {
    if (readdirSync(path).length === 0) removeTree(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
};
