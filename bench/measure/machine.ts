/** The machine a result was measured on, with the versions of what takes part. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import type { Machine as Host } from '../../src/environment/command/index.ts';
import { describeMachine as describeHost } from '../../src/host/machine.ts';

export interface Machine extends Omit<Host, 'memoryBytes'> {
  readonly memoryGib: number;
  readonly versions: Readonly<Record<string, string>>;
}

/** `directory`: where everything that is measured lies. */
export const describeMachine = (directory: string): Machine => {
  const { memoryBytes, ...host } = describeHost(directory);
  return { ...host, memoryGib: Math.round(memoryBytes / 2 ** 30), versions: versions() };
};

const versions = (): Machine['versions'] => ({
  isola: isolaVersion(),
  node: process.version.slice(1),
  crun: firstNumber(printed('crun', ['--version'])),
  conmon: firstNumber(printed('conmon', ['--version'])),
  podman: firstNumber(printed('podman', ['--version'])),
  netavark: firstNumber(printed('/usr/lib/podman/netavark', ['--version'])),
  lxcfs: firstNumber(printed('lxcfs', ['--version'])),
  qemu: firstNumber(printed('qemu-system-x86_64', ['--version'])),
  bochs: firstNumber(printed('bochs', ['--help'])),
  v86: v86Version(),
});

const isolaVersion = (): string => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const commit = printed('git', ['-C', import.meta.dirname, 'rev-parse', '--short', 'HEAD']);
  return !/^[0-9a-f]+$/.test(commit) ? version : `${version} (${commit})`;
};

const v86Version = (): string => {
  const file = new URL('../../node_modules/v86/package.json', import.meta.url);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : 'absent';
};

const firstNumber = (text: string): string => /\d+(?:\.\d+)+/.exec(text)?.[0] ?? 'absent';

/** What it prints, wherever; empty where there is no such program. */
const printed = (program: string, args: readonly string[]): string => {
  const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  return `${stdout ?? ''}${stderr ?? ''}`.trim();
};
