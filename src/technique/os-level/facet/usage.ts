import type { Usage } from '../../../environment/index.ts';
import type { VirtualEnvironment } from '../environment.ts';

/** One reading; the environment must run. */
export const readUsage = async (ve: VirtualEnvironment): Promise<Usage> => {
  const { spec } = ve.definition;
  const disk = (await ve.root()).use();
  return {
    ...ve.group.usage(spec.limits),
    disk: disk === null ? null : { used: disk.used, limit: disk.size, hits: null },
    network: spec.network === 'bridge' ? await (await import('../network.ts')).networkUse(ve.definition, ve.surroundings) : null,
  };
};
