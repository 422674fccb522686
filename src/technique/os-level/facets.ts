/** What a Virtual Environment can do beyond starting and ending; each facet in a file of its own, loaded when it is used. */
import type { Facets } from '../../environment/index.ts';
import { expectMoves } from '../../host/cgroup/index.ts';
import type { VirtualEnvironment } from './environment.ts';

export const facetsOf = (ve: VirtualEnvironment): Facets => ({
  pause: {
    pause: () => ve.group.freeze(),
    resume: async () => ve.group.thaw(),
  },
  exec: {
    exec: async (request) => {
      expectMoves();
      return (await import('./facet/exec.ts')).exec(ve, request);
    },
  },
  console: { attach: async (size) => (await import('./facet/console.ts')).attach(ve, size) },
  logs: {
    read: async function* (options) {
      yield* (await import('./facet/log.ts')).readLog(ve, options);
    },
  },
  files: {
    kind: async (path) => (await import('./facet/files.ts')).kind(ve, path),
    put: async (tar, directory) => (await import('./facet/files.ts')).put(ve, tar, directory),
    get: async function* (path) {
      yield* (await import('./facet/files.ts')).get(ve, path);
    },
    remove: async (path) => (await import('./facet/files.ts')).remove(ve, path),
  },
  limits: {
    apply: async (limits) => (await import('./facet/limits.ts')).apply(ve, limits),
    meet: async () => (await import('./facet/limits.ts')).meet(ve),
  },
  usage: { read: async () => (await import('./facet/usage.ts')).readUsage(ve) },
  snapshots: {
    take: async (snapshot, signal) => (await import('./facet/snapshots.ts')).take(ve, snapshot, signal),
    prepareRestore: async (snapshot, signal) => (await import('./facet/snapshots.ts')).prepareRestore(ve, snapshot, signal),
    restore: async () => (await import('./facet/snapshots.ts')).restore(ve),
    remove: async (snapshot) => (await import('./facet/snapshots.ts')).remove(ve, snapshot),
    recover: async (known) => (await import('./facet/snapshots.ts')).recover(ve, known),
  },
  rename: { apply: async () => (await import('./network.ts')).changeName(ve.definition, ve.surroundings) },
  ports: { apply: async () => (await import('./network.ts')).changePorts(ve.definition, ve.surroundings) },
});
