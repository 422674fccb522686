/** What every jailed environment can do beyond starting and ending; each facet in a file of its own, loaded when it is used. */
import type { Facets } from '../environment/index.ts';
import type { Jailed } from './jailed.ts';

export const jailFacets = (jailed: Jailed) =>
  ({
    pause: {
      pause: () => jailed.group.freeze(),
      resume: async () => jailed.group.thaw(),
    },
    console: { attach: async (size) => (await import('./facet/console.ts')).attach(jailed, size) },
    logs: {
      read: async function* (options) {
        yield* (await import('./facet/log.ts')).readLog(jailed, options);
      },
    },
    limits: {
      apply: async (limits) => (await import('./facet/limits.ts')).apply(jailed, limits),
      meet: async () => (await import('./facet/limits.ts')).meet(jailed),
    },
    usage: { read: async () => (await import('./facet/usage.ts')).readUsage(jailed) },
    snapshots: {
      take: async (snapshot, signal) => (await import('./facet/snapshots.ts')).take(jailed, snapshot, signal),
      prepareRestore: async (snapshot, signal) => (await import('./facet/snapshots.ts')).prepareRestore(jailed, snapshot, signal),
      restore: async () => (await import('./facet/snapshots.ts')).restore(jailed),
      remove: async (snapshot) => (await import('./facet/snapshots.ts')).remove(jailed, snapshot),
      recover: async (known) => (await import('./facet/snapshots.ts')).recover(jailed, known),
    },
    rename: { apply: async () => (await import('./network.ts')).changeName(jailed.definition, jailed.surroundings) },
    ports: { apply: async () => (await import('./network.ts')).changePorts(jailed.definition, jailed.surroundings) },
    shelf: {
      spread: async (directory, firstId, call) => (await import('./facet/shelf.ts')).spread(jailed, directory, firstId, call),
      take: async (from, call) => (await import('./facet/shelf.ts')).take(jailed, from, call),
      arrange: async () => (await import('./facet/shelf.ts')).arrange(jailed),
      finish: async () => (await import('./facet/shelf.ts')).finish(jailed),
    },
  }) satisfies Facets;
