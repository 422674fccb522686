import type { Usage } from '../../environment/index.ts';
import type { Jailed } from '../jailed.ts';

/** One reading; the environment must run. */
export const readUsage = async (jailed: Jailed): Promise<Usage> => {
  const { spec } = jailed.definition;
  const disk = (await jailed.root()).use();
  const used = jailed.group.usage(spec.limits);
  return {
    ...used,
    // Its group may be allowed more than what is inside.
    memory: { ...used.memory, limit: spec.limits.memoryBytes ?? null },
    disk: disk === null ? null : { used: disk.used, limit: disk.size, hits: null },
    network: spec.network === 'bridge' ? await (await import('../network.ts')).networkUse(jailed.definition, jailed.surroundings) : null,
  };
};
