/** The jail of a machine: nothing in it but the process that emulates, with what that needs, and the machine's disk. */
import { chownSync, statSync } from 'node:fs';
import { linuxKvm, type ociRuntime } from '../../abi/index.ts';
import { makeDirectory, removeTree, writeWhole } from '../../host/file/files.ts';
import { ownLibraries } from '../../host/program/libraries.ts';
import { momentIn } from '../../jail/root/disk.ts';
import { layersIn, makeLayers } from '../../jail/root/layers.ts';
import { file, mount } from '../../jail/start/bundle.ts';
import { machineJail, makePoint, makePointsFor, skeletonIn, volumePoints } from '../../jail/start/machine.ts';
import { writeNameFiles } from '../../jail/start/names.ts';
import type { Furnishing } from '../../jail/start/start.ts';
import type { MachineDescription } from '../process/description.ts';
import { inside } from './inside.ts';
import { nodeOptions, ownProgram } from './isola.ts';
import { kvmNode } from './kvm.ts';
import { type Machine, processorIn } from './machine.ts';
import { rest } from './rest.ts';

export const configure = async (machine: Machine, { held, filter, terminal }: Furnishing): Promise<ociRuntime.RuntimeConfig> => {
  const { definition, place, surroundings } = machine;
  const { spec } = definition;
  const node = process.execPath;
  const own = ownProgram(surroundings);
  const capabilities = spec.volumes.length === 0 ? forCables : [...forCables, ...forVolumes];
  const shown = [...own.parts, ...ownLibraries()];
  const kvm = machine.mayHaveKvm ? kvmNode(place) : undefined;
  makePoints(machine, shown);
  writeNameFiles(definition, place);
  const running = `${place.running}/machine`;
  writeWhole(processorIn(place.running), machine.processor);
  writeWhole(`${running}/rest`, rest(machine));
  writeWhole(`${running}/machine.json`, JSON.stringify(describe(machine, kvm === undefined ? null : inside.kvm)));
  for (const name of ['', '/rest', '/machine.json', '/kernel.log']) chownSync(`${running}${name}`, place.base, place.base);
  return machineJail({
    ...{ definition, place, held, filter, terminal, capabilities, volumes: inside.volumes },
    args: [
      ...[inside.relay, '--words', inside.kernelLog, '--cable', inside.cable, inside.line, 'line'],
      ...(definition.address === null ? [] : ['--cable', inside.cable, inside.network, 'eth0']),
      // guest/share/main.c
      ...(spec.volumes.length === 0 ? [] : ['--share', inside.share, inside.files, '-', 'volumes', inside.volumes]),
      ...[inside.agent, inside.node, ...nodeOptions, own.main, 'machine', inside.description],
    ],
    env: ['MALLOC_ARENA_MAX=1', 'NO_COLOR=1'],
    mounts: [
      mount(inside.run, 'bind', running, 'bind', 'nosuid', 'nodev', 'noexec', 'rw'),
      file(inside.root, place.image, 'rw'),
      file(inside.node, node, 'ro'),
      file(inside.outset, machine.outset, 'ro'),
      ...(kvm === undefined ? [] : [mount(inside.kvm, 'bind', kvm, 'bind', 'nosuid', 'noexec', 'rw')]),
      ...(machine.code === undefined ? [] : [file(inside.code, machine.code, 'ro')]),
      mount(inside.layers, 'bind', layersIn(place.lasting), 'bind', 'nosuid', 'nodev', 'noexec', 'rw'),
      mount(inside.moment, 'bind', momentIn(place.lasting), 'bind', 'nosuid', 'nodev', 'noexec', 'rw'),
      ...(machine.isOverlaid ? [file(inside.base, definition.template.disk, 'ro')] : []),
      file(inside.relay, `${surroundings.guest}/relay`, 'ro'),
      file(inside.cable, `${surroundings.guest}/cable`, 'ro'),
      file(inside.share, `${surroundings.guest}/share`, 'ro'),
      ...shown.map((path) => mount(path, 'bind', path, statSync(path).isDirectory() ? 'rbind' : 'bind', 'nosuid', 'nodev', 'ro')),
    ],
    // Who may open the host's own by a group of his keeps it: crun(1).
    ...(kvm === linuxKvm.device && { annotations: { 'run.oci.keep_original_groups': '1' } }),
  });
};

/** isola-cable. */
const forCables = ['CAP_NET_RAW'] as const;
/** What isola-share needs to act for the guest's users upon the files of volumes. */
const forVolumes = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_MKNOD',
  'CAP_SETFCAP',
  'CAP_SETGID',
  'CAP_SETUID',
] as const;

const describe = (machine: Machine, kvm: string | null): MachineDescription => ({
  ...{ kind: 'machine', processor: machine.processor, kvm, ...machine.shape, from: inside.outset, goesOn: machine.goesOn },
  ...{ root: inside.root, base: baseOf(machine) },
  ...{ code: machine.code === undefined ? null : inside.code, learns: null },
  ...{ rest: inside.rest, layers: inside.layers, nextLayer: machine.nextLayer, moment: inside.moment },
  ...{ control: inside.control, sockets: inside.sockets },
  isFleeting: machine.definition.spec.ephemeral,
  ...linesOf(machine),
});

/** What its disk stands on. */
const baseOf = ({ nextLayer, isOverlaid, diskBytes: sizeBytes }: Machine): MachineDescription['base'] => {
  if (nextLayer > 0)
    return { path: `${inside.layers}/${nextLayer - 1}`, format: nextLayer === 1 && !isOverlaid ? 'raw' : 'qcow2', sizeBytes };
  return isOverlaid ? { path: inside.base, format: 'raw', sizeBytes } : null;
};

const linesOf = ({ definition }: Machine): Pick<MachineDescription, 'cables' | 'files' | 'kernelLog'> => ({
  cables: [inside.line, ...(definition.address === null ? [] : [inside.network])],
  files: definition.spec.volumes.length === 0 ? null : inside.files,
  kernelLog: inside.kernelLog,
});

/** Mount points for all of that. */
const makePoints = ({ place, definition }: Machine, shown: readonly string[]): void => {
  makeLayers(layersIn(place.lasting), place.base);
  removeTree(momentIn(place.lasting));
  makeDirectory(momentIn(place.lasting), 0o700);
  chownSync(momentIn(place.lasting), place.base, place.base);
  for (const path of ['/dev', '/proc', inside.run, inside.layers, inside.moment]) makeDirectory(`${skeletonIn(place)}${path}`);
  const files = [inside.root, inside.base, inside.node, inside.kvm, inside.outset, inside.code, inside.relay, inside.cable, inside.share];
  for (const path of files) makePoint(place, path);
  makePointsFor(place, [...shown.map((path) => [path, path] as const), ...volumePoints(definition, inside.volumes)]);
  makeDirectory(`${place.running}/machine`, 0o700);
  writeWhole(`${place.running}/machine/kernel.log`, '');
};
