import type { Usage } from '../../environment/index.ts';
import type { Jailed } from '../jailed.ts';

/** One reading; the environment must run. */
export const readUsage = async (jailed: Jailed): Promise<Usage> => {
  const { spec } = jailed.definition;
  const disk = (await jailed.root()).use();
  return {
    ...jailed.group.usage(spec.limits),
    disk: disk === null ? null : { used: disk.used, limit: disk.size, hits: null },
    network: spec.network === 'bridge' ? await (await import('../network.ts')).networkUse(jailed.definition, jailed.surroundings) : null,
  };
};
