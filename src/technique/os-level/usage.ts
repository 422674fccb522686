import type { Usage } from '../../environment/index.ts';
import type { VirtualEnvironment } from './environment.ts';
import { networkUse } from './network.ts';

/** One reading; the environment must run. */
export const readUsage = async (ve: VirtualEnvironment): Promise<Usage> => {
  const { limits } = ve.definition.spec;
  const disk = ve.root.use();
  return {
    ...ve.group.usage(limits),
    disk: disk === null ? null : { used: disk.used, limit: disk.size, hits: null },
    network: await networkUse(ve.definition, ve.surroundings),
  };
};
