/**
 * Environments' own view of /proc/meminfo, cpuinfo, uptime …: lxcfs, one daemon for all. The host's own is used where it runs;
 * else isola starts one of its own below its runtime directory.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { Refusal } from '../environment/index.ts';
import { leaveGroups } from './cgroup/index.ts';
import { isMounted } from './file/file-system.ts';
import { makeDirectory, removeTree } from './file/files.ts';
import { allProcesses, commandLineOf, isAlive, markOf, signal, until } from './program/processes.ts';
import { spawned } from './program/spawn.ts';

/** Files lxcfs shows, below its mount point and below /proc or /sys alike. loadavg is left out: it walks all environments every 5 s. */
export const lxcfsFiles = [
  'proc/cpuinfo',
  'proc/diskstats',
  'proc/meminfo',
  'proc/stat',
  'proc/swaps',
  'proc/uptime',
  'sys/devices/system/cpu/online',
] as const;

const hostMount = '/var/lib/lxcfs';
const patienceMs = 5000;

/** The mount point of a working lxcfs, started now if need be. To be called under a lock. */
export const raiseLxcfs = async (directory: string): Promise<string> => {
  if (works(hostMount)) return hostMount;
  const mountPoint = `${directory}/lxcfs`;
  if (works(mountPoint)) return mountPoint;
  await lowerLxcfs(directory);
  makeDirectory(mountPoint);
  const child = spawn('lxcfs', ['-f', '--enable-cfs', '-p', `${directory}/lxcfs.pid`, mountPoint], { stdio: 'ignore', detached: true });
  await spawned('lxcfs', child);
  child.unref();
  leaveGroups(child.pid ?? 0);
  if (!(await until(() => works(mountPoint) || child.exitCode !== null, patienceMs, 1)) || child.exitCode !== null) {
    await lowerLxcfs(directory);
    throw new Refusal('host-command-failed', ['lxcfs', `did not mount ${mountPoint}: is /dev/fuse there?`]);
  }
  return mountPoint;
};

/** Whether those who are shown its files can read them. */
export const lxcfsWorks = (directory: string): boolean => works(hostMount) || works(`${directory}/lxcfs`);

/** Shows its files to a process that was shown those of one that is dead. */
export const showLxcfs = async (mountPoint: string, pid: number): Promise<void> => {
  const { showInside } = await import('./kernel/libc.ffi.ts');
  showInside(
    pid,
    lxcfsFiles.map((path) => ({ source: `${mountPoint}/${path}`, target: `/${path}` })),
  );
};

/** Ends isola's own lxcfs, if there is one, and any other that a killed isola left; safe to repeat. */
export const lowerLxcfs = async (directory: string): Promise<void> => {
  const mountPoint = `${directory}/lxcfs`;
  // A dead one's mount point answers no stat(2).
  if (!existsSync(mountPoint) && !isMounted(mountPoint)) return;
  const daemons = allProcesses().filter((pid) => isDaemonOf(mountPoint, pid));
  const marks = daemons.flatMap((pid) => markOf(pid) ?? []);
  for (const pid of daemons) signal(pid, 'SIGTERM');
  if (!(await until(() => !marks.some(isAlive), patienceMs, 1))) for (const pid of daemons) signal(pid, 'SIGKILL');
  while (isMounted(mountPoint)) (await import('./kernel/libc.ffi.ts')).unmount(mountPoint, { detach: true });
  for (const name of ['lxcfs', 'lxcfs.pid']) removeTree(`${directory}/${name}`);
};

const isDaemonOf = (mountPoint: string, pid: number): boolean => {
  const words = commandLineOf(pid);
  return words[0] === 'lxcfs' && words.includes(mountPoint);
};

/** A dead daemon leaves a mount that answers ENOTCONN. */
const works = (mountPoint: string): boolean => {
  try {
    return readFileSync(`${mountPoint}/proc/uptime`).length > 0;
  } catch {
    return false;
  }
};
