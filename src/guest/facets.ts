/** What a machine can do: what every jailed environment can, and by its agent. */
import type { Facets } from '../environment/index.ts';
import { jailFacets } from '../jail/facets.ts';
import type { GuestMachine } from './machine.ts';

export const facetsOf = (machine: GuestMachine): Facets => {
  const facets = jailFacets(machine);
  return {
    ...facets,
    exec: { exec: async (request) => (await import('./exec.ts')).exec(machine, request) },
    files: {
      kind: async (path) => (await import('./files.ts')).files(machine).kind(path),
      put: async (tar, directory) => (await import('./files.ts')).files(machine).put(tar, directory),
      get: async function* (path) {
        yield* (await import('./files.ts')).files(machine).get(path);
      },
      remove: async (path) => (await import('./files.ts')).files(machine).remove(path),
    },
    pause: {
      // What the guest has not written yet would be missing in a snapshot.
      pause: async () => {
        await (await import('./agent.ts')).writeBack(machine);
        await facets.pause.pause();
      },
      resume: facets.pause.resume,
    },
    limits: {
      apply: async (limits) => {
        await machine.refuseChange(limits);
        if (limits.pids !== machine.definition.spec.limits.pids) await machine.limitPids(limits.pids);
        await machine.changeMemory(limits, () => facets.limits.apply(limits));
      },
      meet: async () => {
        const limits = await facets.limits.meet();
        // One that can't be asked keeps what it has until its next start.
        await machine.limitPids(limits.pids).catch(() => {});
        await machine.limitMemory(limits).catch(() => {});
        return limits;
      },
    },
    usage: { read: async () => (await import('./usage.ts')).readUsage(machine) },
  };
};
