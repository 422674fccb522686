/** What environments that run have lost since a program that served them was killed, and how they get it back. */
import { readFileSync } from 'node:fs';
import type { Definition } from '../../environment/index.ts';
import { showLxcfs } from '../../host/lxcfs.ts';
import { groupOf } from '../group.ts';
import { isNameless, mendBridge } from '../network.ts';
import { placeOf, type Surroundings } from '../place.ts';
import { pidIn } from '../start/runtime.ts';
import { raiseServices } from '../start/services.ts';

/** Describes every loss, and makes up for it if `repair`. */
export const mend = async (surroundings: Surroundings, living: readonly Definition[], repair: boolean): Promise<readonly string[]> => {
  const blind = living.flatMap((definition) => {
    const place = placeOf(surroundings, definition);
    const pid = pidIn(place.pidFile, groupOf(place));
    return pid === null || seesItself(pid) ? [] : [{ name: definition.name, pid }];
  });
  const nameless = await isNameless(surroundings);
  if (repair) {
    if (blind.length > 0) {
      const lxcfs = await raiseServices(surroundings, { network: 'none', view: true }, new AbortController().signal);
      if (lxcfs !== undefined) for (const { pid } of blind) await showLxcfs(lxcfs, pid);
    }
    await mendBridge(surroundings);
  }
  return [
    ...blind.map(({ name }) => `${name} can’t read its own /proc/meminfo and the like, for lxcfs was killed`),
    ...(nameless ? ['no environment is found by its name, for dnsmasq was killed'] : []),
  ];
};

/** A dead lxcfs leaves files that answer ENOTCONN: fuse(4). */
const seesItself = (pid: number): boolean => {
  try {
    readFileSync(`/proc/${pid}/root/proc/uptime`);
    return true;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ENOTCONN');
  }
};
