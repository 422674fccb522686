/** What a Virtual Environment can do beyond starting and ending; each facet in a file of its own, loaded when it is used. */
import type { Facets, Limits } from '../../environment/index.ts';
import type { VirtualEnvironment } from './environment.ts';

export const facetsOf = (ve: VirtualEnvironment): Facets => ({
  pause: {
    pause: () => ve.group.freeze(),
    resume: async () => ve.group.thaw(),
  },
  exec: { exec: async (request) => (await import('./exec.ts')).exec(ve, request) },
  console: { attach: async (size) => (await import('./console.ts')).attach(ve, size) },
  logs: {
    read: async function* (options) {
      yield* (await import('./log.ts')).readLog(ve, options);
    },
  },
  files: {
    kind: async (path) => (await import('./files.ts')).kind(ve, path),
    put: async (tar, directory) => (await import('./files.ts')).put(ve, tar, directory),
    get: async function* (path) {
      yield* (await import('./files.ts')).get(ve, path);
    },
    remove: async (path) => (await import('./files.ts')).remove(ve, path),
  },
  limits: { apply: (limits) => applyLimits(ve, limits) },
  usage: { read: async () => (await import('./usage.ts')).readUsage(ve) },
  snapshots: {
    take: async (snapshot) => (await import('./snapshots.ts')).take(ve, snapshot),
    restore: async (snapshot) => (await import('./snapshots.ts')).restore(ve, snapshot),
    remove: async (snapshot) => (await import('./snapshots.ts')).remove(ve, snapshot),
    recover: async () => (await import('./snapshots.ts')).recover(ve),
  },
  rename: { apply: async () => (await import('./network.ts')).changeName(ve.definition, ve.surroundings) },
  ports: { apply: async () => (await import('./network.ts')).changePorts(ve.definition, ve.surroundings) },
});

/** Applies what can change while it runs; the disk also while it doesn't. */
const applyLimits = async (ve: VirtualEnvironment, limits: Limits): Promise<void> => {
  const { phase } = await ve.observe();
  const { spec } = ve.definition;
  const root = await ve.root();
  if (limits.diskBytes !== spec.limits.diskBytes) await root.resize(limits, phase !== 'stopped');
  if (phase === 'stopped') return;
  const { diskOf } = await import('../../host/cgroup/block.ts');
  ve.group.apply(limits, diskOf(root.onDisk));
  if (limits.networkBits !== spec.limits.networkBits)
    await (await import('./network.ts')).changeRate(ve.definition, ve.surroundings, limits.networkBits);
};
