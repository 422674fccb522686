/** What a machine uses: what the host counts, and what only its own kernel does. */
import type { GuestStats } from '../agent/index.ts';
import type { Usage } from '../environment/index.ts';
import { readUsage as readOutside } from '../jail/facet/usage.ts';
import { converse } from './agent.ts';
import type { GuestMachine } from './machine.ts';

/** One that is out of order is told of without it. */
const patienceMs = 2000;

export const readUsage = async (machine: GuestMachine): Promise<Usage> => {
  const [outside, inside] = await Promise.all([readOutside(machine), statsInside(machine)]);
  if (inside === undefined) return outside;
  const { pids, memory } = outside;
  const { 'oom-kills': kills = 0, 'pids-used': used, 'pids-refused': hits = null } = inside;
  return {
    ...outside,
    memory: { ...memory, oomKills: (memory.oomKills ?? 0) + kills },
    // Where it has a group of its own for them: the processes of its jail are others.
    pids: used === undefined ? pids : { used, limit: machine.definition.spec.limits.pids ?? null, hits },
  };
};

const statsInside = async (machine: GuestMachine): Promise<GuestStats | undefined> => {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(resolve, patienceMs, undefined);
  try {
    using conversation = await converse(machine);
    return await Promise.race([conversation.session.stats(), late]);
  } catch {
    // It is paused, or its agent is gone: the host's figures are there all the same.
    return undefined;
  } finally {
    clearTimeout(timer);
  }
};
