/** Limits that change while an environment runs, and how they are set right after a change that was broken off. */
import { type Limits, Refusal } from '../../../environment/index.ts';
import { diskOf } from '../../../host/cgroup/block.ts';
import type { VirtualEnvironment } from '../environment.ts';
import type { Root } from '../root/index.ts';

/** Applies what can change while it runs; the disk also while it doesn't. */
export const apply = async (ve: VirtualEnvironment, limits: Limits): Promise<void> => {
  const { spec } = ve.definition;
  const root = await ve.root();
  if (limits.diskBytes !== spec.limits.diskBytes) await root.resize(limits);
  if (ve.pid === null) return;
  ve.group.apply(limits, diskOf(root.onDisk));
  if (limits.networkBits !== spec.limits.networkBits) await changeRate(ve, limits);
};

/** A disk that has begun to grow is grown, for it can't shrink; everything else goes back. */
export const meet = async (ve: VirtualEnvironment): Promise<Limits> => {
  const { spec } = ve.definition;
  const root = await ve.root();
  const diskBytes = await root.finishResize();
  const limits: Limits = diskBytes === undefined ? spec.limits : { ...spec.limits, diskBytes };
  if (ve.pid !== null) await goBack(ve, root, limits);
  return limits;
};

const goBack = async (ve: VirtualEnvironment, root: Root, limits: Limits): Promise<void> => {
  try {
    ve.group.apply(limits, diskOf(root.onDisk));
  } catch (error) {
    // More memory is in use by now than it had before: what it got stays until its next start.
    if (!(error instanceof Refusal)) throw error;
  }
  await changeRate(ve, limits);
  await (await import('../network.ts')).changePorts(ve.definition, ve.surroundings);
};

const changeRate = async (ve: VirtualEnvironment, limits: Limits): Promise<void> =>
  (await import('../network.ts')).changeRate(ve.definition, ve.surroundings, limits.networkBits);
