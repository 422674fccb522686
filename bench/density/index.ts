/** How many environments a host holds, what an idle one costs it, and how long many take to start. */
import type { Bench } from '../scene/scene.ts';
import { idleRows } from './idle.ts';
import { systemRows } from './systems.ts';

export const density: Bench = {
  subject: 'hundreds of idle environments, dozens of Debian systems, and how long 200 take to start',
  measure: async (scene) => [...(await idleRows(scene)), ...(await systemRows(scene))],
};
