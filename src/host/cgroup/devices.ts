/**
 * Which devices the processes of an environment may open. A device node is a file like any other: an image may bring one along for the
 * host's disk, with permissions for everybody, and only these rules stand before it.
 */
import { readFileSync, writeFileSync } from 'node:fs';

/** A rule of the kernel's list: any node may be made, but only what is read or written here may be opened. */
export interface DeviceRule {
  readonly type: 'c' | 'b';
  /** null: any. */
  readonly major: number | null;
  readonly minor: number | null;
  /** Letters of Documentation/admin-guide/cgroup-v1/devices.rst: read, write, mknod. */
  readonly access: 'rwm' | 'm';
}

const open = (major: number, minor: number | null): DeviceRule => ({ type: 'c', major, minor, access: 'rwm' });

/** What podman with crun allows (read from a container's devices.list): opencontainers/runtime-spec, config-linux.md, "Default Devices". */
export const deviceRules: readonly DeviceRule[] = [
  { type: 'c', major: null, minor: null, access: 'm' },
  { type: 'b', major: null, minor: null, access: 'm' },
  // null, zero, full, random, urandom: linux Documentation/admin-guide/devices.txt, 1 char.
  ...[3, 5, 7, 8, 9].map((minor) => open(1, minor)),
  // tty, console, ptmx; then the pseudo terminals.
  ...[0, 1, 2].map((minor) => open(5, minor)),
  open(136, null),
];

/** The kernel's monitor of virtual machines: linux Documentation/admin-guide/devices.txt, 10 char. */
export const kvmRule = open(10, 232);

/** Version 1: a fresh group has its parent's list. Nothing changes where the rules are set already. */
export const restrictDevices = (group: string, more: readonly DeviceRule[] = []): void => {
  if (!readFileSync(`${group}/devices.list`, 'utf8').startsWith('a ')) return;
  writeFileSync(`${group}/devices.deny`, 'a');
  for (const rule of [...deviceRules, ...more]) writeFileSync(`${group}/devices.allow`, lineOf(rule));
};

const lineOf = ({ type, major, minor, access }: DeviceRule): string => `${type} ${major ?? '*'}:${minor ?? '*'} ${access}`;

/** Version 2, or the unified hierarchy where version 1 has no such controller. */
export const attachDeviceRules = async (group: string, more: readonly DeviceRule[] = []): Promise<void> => {
  const [{ attachDeviceProgram }, { deviceProgram }] = await Promise.all([import('../kernel/bpf.ffi.ts'), import('./device-program.ts')]);
  attachDeviceProgram(group, deviceProgram([...deviceRules, ...more]));
};
