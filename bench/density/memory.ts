/** What the whole host has left: whatever an environment costs, its keeper, its kernel objects and its own pages, is missing there. */
import { globSync, readFileSync } from 'node:fs';
import { controlGroup } from '../../src/host/cgroup/index.ts';

/** proc_meminfo(5), MemAvailable: what could be used without swapping. */
export const availableMib = (): number =>
  Number(/^MemAvailable:\s*(\d+)/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1] ?? Number.NaN) / 1024;

/** What the kernel has charged to all environments of a store and their keepers, one of which has this id: nobody else's memory is in it. */
export const chargedMib = (id: string): number => {
  const tag = globSync(`/run/isola/*/ve/${id}`)[0]?.split('/')[3];
  return controlGroup(`isola-${tag}`).usage({}).memory.used / 1024 ** 2;
};
