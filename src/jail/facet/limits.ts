/** Limits that change while an environment runs, and how they are set right after a change that was broken off. */
import { type Limits, Refusal } from '../../environment/index.ts';
import { diskOf } from '../../host/cgroup/block.ts';
import type { Jailed } from '../jailed.ts';
import type { Root } from '../root/index.ts';

/** Applies what can change while it runs; the disk also while it doesn't. */
export const apply = async (jailed: Jailed, limits: Limits): Promise<void> => {
  const { spec } = jailed.definition;
  const root = await jailed.root();
  if (limits.diskBytes !== spec.limits.diskBytes) await root.resize(limits);
  if (jailed.pid === null) return;
  jailed.group.apply(jailed.groupLimits(limits), diskOf(root.onDisk));
  if (limits.networkBits !== spec.limits.networkBits) await changeRate(jailed, limits);
};

/** A disk that has begun to grow is grown, for it can't shrink; everything else goes back. */
export const meet = async (jailed: Jailed): Promise<Limits> => {
  const { spec } = jailed.definition;
  const root = await jailed.root();
  const diskBytes = await root.finishResize();
  const limits: Limits = diskBytes === undefined ? spec.limits : { ...spec.limits, diskBytes };
  if (jailed.pid !== null) await goBack(jailed, root, limits);
  return limits;
};

const goBack = async (jailed: Jailed, root: Root, limits: Limits): Promise<void> => {
  try {
    jailed.group.apply(jailed.groupLimits(limits), diskOf(root.onDisk));
  } catch (error) {
    // More memory is in use by now than it had before: what it got stays until its next start.
    if (!(error instanceof Refusal)) throw error;
  }
  await changeRate(jailed, limits);
  await (await import('../network.ts')).changePorts(jailed.definition, jailed.surroundings);
};

const changeRate = async (jailed: Jailed, limits: Limits): Promise<void> =>
  (await import('../network.ts')).changeRate(jailed.definition, jailed.surroundings, limits.networkBits);
