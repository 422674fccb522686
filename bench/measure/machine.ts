/** The machine a result was measured on: a figure without it means nothing. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { arch, cpus, loadavg, release, totalmem } from 'node:os';
import { fileSystemOf } from '../../src/host/file/file-system.ts';

export interface Machine {
  readonly processor: string;
  readonly processors: number;
  readonly memoryGib: number;
  readonly architecture: string;
  readonly system: string;
  readonly kernel: string;
  readonly cgroups: string;
  readonly fileSystem: string;
  readonly isVirtual: boolean;
  readonly versions: Readonly<Record<string, string>>;
}

/** `directory`: where everything that is measured lies. */
export const describeMachine = (directory: string): Machine => ({
  processor: cpus()[0]?.model.trim() ?? 'unknown',
  processors: cpus().length,
  memoryGib: Math.round(totalmem() / 2 ** 30),
  architecture: arch(),
  system: /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'unknown',
  kernel: release(),
  cgroups: cgroupsOf(readFileSync('/proc/self/mounts', 'utf8')),
  fileSystem: fileSystemOf(directory),
  isVirtual: /^flags\s*:.*\bhypervisor\b/m.test(readFileSync('/proc/cpuinfo', 'utf8')),
  versions: {
    isola: isolaVersion(),
    node: process.version.slice(1),
    crun: firstNumber(printed('crun', ['--version'])),
    conmon: firstNumber(printed('conmon', ['--version'])),
    podman: firstNumber(printed('podman', ['--version'])),
    netavark: firstNumber(printed('/usr/lib/podman/netavark', ['--version'])),
    lxcfs: firstNumber(printed('lxcfs', ['--version'])),
  },
});

/** How much the machine does besides. */
export const readLoad = (): number => loadavg()[0] ?? 0;

const cgroupsOf = (mounts: string): string => {
  const has = (type: string): boolean => new RegExp(`^\\S+ /sys/fs/cgroup\\S* ${type} `, 'm').test(mounts);
  return has('cgroup') ? (has('cgroup2') ? 'version 1 with version 2 beside it' : 'version 1') : 'version 2';
};

const isolaVersion = (): string => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const commit = printed('git', ['-C', import.meta.dirname, 'rev-parse', '--short', 'HEAD']);
  return !/^[0-9a-f]+$/.test(commit) ? version : `${version} (${commit})`;
};

const firstNumber = (text: string): string => /\d+(?:\.\d+)+/.exec(text)?.[0] ?? 'absent';

/** What it prints, wherever; empty where there is no such program. */
const printed = (program: string, args: readonly string[]): string => {
  const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  return `${stdout ?? ''}${stderr ?? ''}`.trim();
};
