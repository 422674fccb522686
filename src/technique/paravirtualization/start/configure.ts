/** The jail of a machine: nothing in it but the guest's kernel with what that needs, and the environment's files. */
import { chownSync } from 'node:fs';
import type { ociRuntime } from '../../../abi/index.ts';
import { makeDirectory, writeWhole } from '../../../host/file/files.ts';
import { packageFile } from '../../../host/program/programs.ts';
import { file, mount } from '../../../jail/start/bundle.ts';
import { machineJail, makePoint, makePointsFor, skeletonIn, volumePoints } from '../../../jail/start/machine.ts';
import { writeNameFiles } from '../../../jail/start/names.ts';
import type { Furnishing } from '../../../jail/start/start.ts';
import type { Machine } from '../machine.ts';
import { memoryOf } from '../memory.ts';
import { initramfs } from './initramfs.ts';
import { inside } from './inside.ts';
import { kernelLine } from './kernel.ts';
import { kernelFiles } from './programs.ts';
import { relayWords } from './shares.ts';

export const configure = async (machine: Machine, { held, filter, terminal }: Furnishing): Promise<ociRuntime.RuntimeConfig> => {
  const { definition, place, surroundings } = machine;
  const { spec } = definition;
  const { kernel, libraries, modules } = await kernelFiles();
  makeSkeleton(machine, [inside.kernel, inside.relay, inside.share, inside.tool, ...libraries]);
  writeNameFiles(definition, place);
  writeWhole(`${place.running}/machine/initramfs`, initramfs(machine, modules));
  return machineJail({
    ...{ definition, place, held, filter, terminal, capabilities, volumes: inside.volumes },
    args: [
      ...[inside.relay, '--mconsole', inside.mconsole, '--words', inside.kernelLog, ...relayWords(spec)],
      ...[inside.agent, ...kernelLine(machine)],
    ],
    env: [`TMPDIR=${inside.memory}`],
    mounts: [
      // The guest's memory: a file that its kernel maps, and executes from.
      mount(inside.memory, 'tmpfs', 'memory', 'nosuid', 'nodev', 'mode=1777', `size=${memoryOf(spec.limits) + memoryFileSlack}`),
      mount(inside.root, 'bind', place.root, 'rbind', 'nosuid', 'nodev', 'rw'),
      mount(inside.run, 'bind', `${place.running}/machine`, 'bind', 'nosuid', 'nodev', 'noexec', 'rw'),
      file(inside.kernel, kernel, 'ro'),
      file(inside.relay, `${surroundings.guest}/relay`, 'ro'),
      file(inside.share, `${surroundings.guest}/share`, 'ro'),
      file(inside.tool, packageFile('/bin/busybox'), 'ro'),
      ...libraries.map((path) => file(path, path, 'ro')),
    ],
  });
};

/** The memory file is a little larger than the memory: arch/um/kernel/physmem.c; sockets and marks of the kernel lie beside it. */
const memoryFileSlack = 16 * 1024 ** 2;

/** What the guest's kernel needs to act for the guest's users upon the environment's files, and to put packets on its cable. */
const capabilities = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_KILL',
  'CAP_MKNOD',
  'CAP_NET_RAW',
  'CAP_SETFCAP',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SYS_CHROOT',
] as const;

/** Mount points for all of that. */
const makeSkeleton = ({ place, definition }: Machine, files: readonly string[]): void => {
  for (const path of ['dev', 'proc', 'machine/root', 'machine/run']) makeDirectory(`${skeletonIn(place)}/${path}`);
  makePointsFor(place, volumePoints(definition, inside.volumes));
  for (const path of files) makePoint(place, path);
  const shared = `${place.running}/machine`;
  makeDirectory(shared, 0o700);
  writeWhole(`${shared}/kernel.log`, '');
  for (const path of [shared, `${shared}/kernel.log`]) chownSync(path, place.base, place.base);
};
