/** The machine something was measured on: a figure without it means nothing. */
import { readFileSync } from 'node:fs';
import { arch, cpus, loadavg, release, totalmem } from 'node:os';
import type { Machine } from '../environment/command/index.ts';
import { fileSystemOf } from './file/file-system.ts';
import { readIfThere } from './file/files.ts';

/** `directory`: where everything that is measured lies. */
export const describeMachine = (directory: string): Machine => ({
  processor: cpus()[0]?.model.trim() ?? 'unknown',
  processors: cpus().length,
  memoryBytes: totalmem(),
  architecture: arch(),
  system: /^PRETTY_NAME="?([^"\n]*)/m.exec(readIfThere('/etc/os-release') ?? '')?.[1] ?? 'unknown',
  kernel: release(),
  cgroups: cgroupsOf(readFileSync('/proc/self/mounts', 'utf8')),
  fileSystem: fileSystemOf(directory),
  isVirtual: /^flags\s*:.*\bhypervisor\b/m.test(readFileSync('/proc/cpuinfo', 'utf8')),
});

/** How much the machine does besides: load average over a minute. */
export const readLoad = (): number => loadavg()[0] ?? 0;

/** Which installation this is, machine-id(5); empty where it has none. */
export const machineId = (): string => readIfThere('/etc/machine-id')?.trim() ?? '';

const cgroupsOf = (mounts: string): string => {
  const has = (type: string): boolean => new RegExp(`^\\S+ /sys/fs/cgroup\\S* ${type} `, 'm').test(mounts);
  return has('cgroup') ? (has('cgroup2') ? 'version 1 with version 2 beside it' : 'version 1') : 'version 2';
};
