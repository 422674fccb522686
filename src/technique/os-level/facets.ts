/** What a Virtual Environment can do beyond what every jailed one can. */
import type { Facets } from '../../environment/index.ts';
import { expectMoves } from '../../host/cgroup/index.ts';
import { jailFacets } from '../../jail/facets.ts';
import type { VirtualEnvironment } from './environment.ts';

export const facetsOf = (ve: VirtualEnvironment): Facets => ({
  ...jailFacets(ve),
  exec: {
    exec: async (request) => {
      expectMoves();
      return (await import('./facet/exec.ts')).exec(ve, request);
    },
  },
  files: {
    kind: async (path) => (await import('./facet/files.ts')).files(ve).kind(path),
    put: async (tar, directory) => (await import('./facet/files.ts')).files(ve).put(tar, directory),
    get: async function* (path) {
      yield* (await import('./facet/files.ts')).files(ve).get(path);
    },
    remove: async (path) => (await import('./facet/files.ts')).files(ve).remove(path),
  },
});
