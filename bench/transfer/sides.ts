/** Both computers: of the same kernel, the same memory, equal images on virtio, and a network that a user's program makes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { UndoScope } from '../../src/environment/index.ts';
import { run } from '../../src/host/program/run.ts';
import { kernelFile } from '../../test/oracle/kernel.ts';
import type { Scene } from '../scene/scene.ts';
import { host, own } from './guest.ts';
import { Machine } from './machine.ts';

export interface Place {
  readonly directory: string;
  readonly initrd: string;
  readonly diskBytes: number;
  readonly scope: UndoScope;
}

const memory = '512M';
const commandLine = 'console=ttyS0 quiet';

/** Flushes are honoured by both, and all else stays with the host's cache. Its environments have their disks on NVMe. */
export const isolaMachine = async (scene: Scene, place: Place): Promise<Machine> => {
  const [disk, other] = [await image(place, 'isola'), await image(place, 'isola-nvme')];
  const { socket, way } = await passt(place);
  const kernel = ['--kernel', kernelFile(), '--initrd', place.initrd, '--append', commandLine, '--memory', memory, '--display', 'none'];
  const disks = ['--virtio', `${disk},format=qcow2`, '--nvme', `${other},format=qcow2`];
  const line = scene.isola.line('boot', ...kernel, ...disks, '--network', `unix:${socket}`);
  return booted(place, line, { ...process.env, ...scene.isola.env }, [way]);
};

export const qemuMachine = async (place: Place): Promise<Machine> => {
  const disk = await image(place, 'qemu');
  const line = [
    ...['qemu-system-x86_64', '-accel', 'tcg', '-m', memory, '-nodefaults', '-display', 'none', '-serial', 'stdio', '-no-reboot'],
    ...['-kernel', kernelFile(), '-initrd', place.initrd, '-append', commandLine],
    ...['-drive', `file=${disk},format=qcow2,if=none,id=disk,cache=writeback,discard=unmap`, '-device', 'virtio-blk-pci,drive=disk'],
    ...['-netdev', 'user,id=way', '-device', 'virtio-net-pci,netdev=way'],
  ];
  return booted(place, line, process.env);
};

const booted = async (
  { scope }: Place,
  line: readonly string[],
  env: NodeJS.ProcessEnv,
  beside: readonly ChildProcess[] = [],
): Promise<Machine> => {
  const machine = await Machine.boot(line, env, beside);
  scope.defer(() => machine[Symbol.asyncDispose]());
  return machine;
};

const image = async ({ directory, diskBytes }: Place, name: string): Promise<string> => {
  const path = join(directory, `${name}.qcow2`);
  await run('qemu-img', ['create', '-q', '-f', 'qcow2', path, `${diskBytes}`]);
  return path;
};

const passt = async ({ directory, scope }: Place): Promise<{ readonly socket: string; readonly way: ChildProcess }> => {
  const socket = join(directory, 'passt');
  const addresses = ['--ipv4-only', '--address', own, '--netmask', '24', '--gateway', host];
  const way = await start(scope, 'passt', ['--quiet', '--foreground', '--one-off', '--socket', socket, ...addresses], () =>
    existsSync(socket),
  );
  return { socket, way };
};

/** A program beside both, until all is measured. */
export const start = async (scope: UndoScope, program: string, args: readonly string[], isThere: () => boolean): Promise<ChildProcess> => {
  const child = spawn(program, args, { stdio: 'ignore' });
  scope.defer(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'close');
  });
  while (!isThere()) {
    if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode}`);
    await sleep(10);
  }
  return child;
};
