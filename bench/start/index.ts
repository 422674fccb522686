/** How long cold starts take, and which part of them is whose. */
import type { Bench } from '../scene/scene.ts';
import { commandRows } from './commands.ts';
import { launcherRows } from './launcher.ts';
import { runtimeRows } from './runtime.ts';

export const start: Bench = {
  subject: 'cold starts against podman, the runtime’s part against bare crun, and what the launcher adds',
  measure: async (scene) => [
    ...(await commandRows(scene, 'nothing else runs')),
    ...(await commandRows(scene, 'another one runs')),
    ...(await runtimeRows(scene)),
    ...(await launcherRows(scene)),
  ],
};
