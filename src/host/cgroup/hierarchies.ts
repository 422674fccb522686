/** Which control group hierarchies the host mounts, and where: cgroups(7). */
import { readdirSync, readFileSync, rmdirSync, writeFile, writeFileSync } from 'node:fs';
import { isMissing } from '../file/files.ts';

export interface Hierarchies {
  /** Version 1: mount point by controller; `name=systemd` for the one without. */
  readonly legacy: ReadonlyMap<string, string>;
  /** Mount point of version 2. */
  readonly unified: string | undefined;
}

let known: Hierarchies | undefined;

export const readHierarchies = (): Hierarchies => {
  known ??= parseMounts(readFileSync('/proc/self/mounts', 'utf8'));
  return known;
};

/** From the text of /proc/self/mounts: fstab(5) fields. Only what lies below /sys/fs/cgroup counts: others are somebody's own views. */
export const parseMounts = (mounts: string): Hierarchies => {
  const legacy = new Map<string, string>();
  let unified: string | undefined;
  for (const line of mounts.split('\n')) {
    const [, target = '', type, options = ''] = line.split(' ');
    if (!target.startsWith('/sys/fs/cgroup')) continue;
    if (type === 'cgroup2') unified = target;
    if (type !== 'cgroup') continue;
    for (const option of options.split(',')) if (controllers.has(option)) legacy.set(option, target);
  }
  return { legacy, unified };
};

/** Controllers an environment gets a group in. perf_event, net_cls and the like have nothing isola limits. */
const controllers = new Set(['cpu', 'cpuacct', 'cpuset', 'memory', 'pids', 'blkio', 'devices', 'freezer', 'name=systemd']);

export const mountPoints = ({ legacy, unified }: Hierarchies): readonly string[] => [
  ...new Set([...legacy.values(), ...(unified === undefined ? [] : [unified])]),
];

/** `cgroup.procs` files of the groups isola itself is in: proc_pid_cgroup(5). */
export const ownEntrances = (): readonly string[] => {
  const { legacy, unified } = readHierarchies();
  return readFileSync('/proc/self/cgroup', 'utf8')
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [number, names = '', ...path] = line.split(':');
      const point = number === '0' ? unified : legacy.get(names.split(',')[0] ?? '');
      return point === undefined ? [] : [`${point}${path.join(':')}/cgroup.procs`];
    });
};

/**
 * The first process in a while that changes its group waits for a grace period of the kernel, 10 ms here; those that follow at once take
 * a tenth of a millisecond. So who is about to let processes into groups has isola itself written into its own group, beside
 * whatever else is to be done: linux kernel/cgroup/cgroup.c, cgroup_threadgroup_rwsem.
 */
export const expectMoves = (): void => {
  // Whether it is allowed does not matter: the wait comes before.
  for (const entrance of ownEntrances().slice(0, 1)) writeFile(entrance, String(process.pid), () => {});
};

/** `cgroup.procs` files of the topmost groups. */
export const topEntrances = (): readonly string[] => mountPoints(readHierarchies()).map((point) => `${point}/cgroup.procs`);

/**
 * What serves every environment must outlive the service or session whose command happened to start it. Where it may not leave, it
 * stays: then it ends with them, and the next environment starts it again.
 */
export const leaveGroups = (pid: number): void => {
  for (const file of topEntrances()) {
    try {
      writeFileSync(file, String(pid));
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error;
    }
  }
};

/** Names of the groups directly below a path, in any hierarchy. */
export const groupsBelow = (path: string): ReadonlySet<string> => {
  const found = new Set<string>();
  for (const point of mountPoints(readHierarchies())) for (const name of directoriesIn(`${point}/${path}`)) found.add(name);
  return found;
};

/** Removes an empty parent group everywhere; leaves it where it still has groups. */
export const removeParent = (path: string): void => {
  for (const point of mountPoints(readHierarchies())) removeEmpty(`${point}/${path}`);
};

export const directoriesIn = (path: string): readonly string[] => {
  try {
    return readdirSync(path, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
};

/** Removes a directory if nothing is in it; false if something is, or somebody still uses it. */
export const removeEmpty = (path: string): boolean => {
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    return isMissing(error);
  }
};
