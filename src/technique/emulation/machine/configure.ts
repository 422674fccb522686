/** The jail of a machine: nothing in it but the process that emulates, with what that needs, and the machine's disk. */
import { chownSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { ociRuntime } from '../../../abi/index.ts';
import { machineArchive, outsetArchive, restMost } from '../../../agent/index.ts';
import { makeDirectory, writeWhole } from '../../../host/file/files.ts';
import { packageFile } from '../../../host/program/programs.ts';
import { file, mount, namespacesOf, terminals } from '../../../jail/start/bundle.ts';
import { pathsOf } from '../../../jail/start/confinement.ts';
import type { Furnishing } from '../../../jail/start/start.ts';
import { kernelIn, type MachineKernel } from '../kernel/kernel.ts';
import type { MachineDescription } from '../process/description.ts';
import { inside } from './inside.ts';
import { librariesOf, ownProgram } from './isola.ts';
import type { Machine } from './machine.ts';
import { memoryOf } from './memory.ts';
import { rest } from './rest.ts';

export const configure = async (machine: Machine, { held, filter, terminal }: Furnishing): Promise<ociRuntime.RuntimeConfig> => {
  const { definition, place, surroundings } = machine;
  const { spec } = definition;
  const kernel = kernelIn(surroundings);
  if (kernel === undefined) throw new Error('its kernel is gone');
  const node = process.execPath;
  const own = ownProgram(surroundings);
  const shown = [...own.parts, ...(await librariesOf(node))];
  makePoints(machine, shown);
  const running = `${place.running}/machine`;
  writeWhole(`${running}/initrd`, initrd(kernel, surroundings.guest));
  writeWhole(`${running}/rest`, padded(rest(machine)));
  writeWhole(`${running}/machine.json`, JSON.stringify(describe(machine)));
  for (const name of ['', '/initrd', '/rest', '/machine.json', '/kernel.log']) chownSync(`${running}${name}`, place.base, place.base);
  return {
    ociVersion: '1.0.2',
    process: {
      terminal,
      user: { uid: 0, gid: 0 },
      args: [
        ...[inside.relay, '--words', inside.kernelLog, '--cable', inside.cable, inside.line, 'line'],
        ...(definition.address === null ? [] : ['--cable', inside.cable, inside.network, 'eth0']),
        ...[inside.agent, inside.node, ...nodeOptions, own.main, 'machine', inside.description],
      ],
      env: ['PATH=/machine', 'HOME=/', 'MALLOC_ARENA_MAX=1', 'NO_COLOR=1'],
      cwd: '/',
      // For its cable: isola-cable.
      capabilities: { bounding: ['CAP_NET_RAW'], effective: ['CAP_NET_RAW'], permitted: ['CAP_NET_RAW'], inheritable: [], ambient: [] },
      noNewPrivileges: true,
    },
    root: { path: `${place.running}/skeleton`, readonly: true },
    hostname: spec.hostname,
    mounts: [
      mount('/proc', 'proc', 'proc', 'nosuid', 'noexec', 'nodev'),
      mount('/dev', 'tmpfs', 'tmpfs', 'nosuid', 'noexec', 'strictatime', 'mode=755', 'size=64k'),
      terminals(),
      mount(inside.run, 'bind', running, 'bind', 'nosuid', 'nodev', 'noexec', 'rw'),
      file(inside.root, place.image, 'rw'),
      file(inside.node, node, 'ro'),
      file(inside.kernel, kernel.program, 'ro'),
      file(inside.relay, `${surroundings.guest}/relay`, 'ro'),
      file(inside.cable, `${surroundings.guest}/cable`, 'ro'),
      ...shown.map((path) => mount(path, 'bind', path, statSync(path).isDirectory() ? 'rbind' : 'bind', 'nosuid', 'nodev', 'ro')),
    ],
    ...(filter !== undefined && { annotations: { 'run.oci.seccomp_bpf_data': filter } }),
    linux: {
      namespaces: namespacesOf(definition, held),
      resources: {},
      maskedPaths: pathsOf(spec).masked.filter((path) => path.startsWith('/proc/')),
      readonlyPaths: pathsOf(spec).readOnly.filter((path) => path.startsWith('/proc/')),
    },
  };
};

/** As the launcher gives them to a computer. */
const nodeOptions = [
  '--disable-warning=ExperimentalWarning',
  '--min-semi-space-size=4',
  '--max-semi-space-size=4',
  '--heap-growing-percent=60',
];

const initrd = ({ drivers }: MachineKernel, guest: string): Uint8Array =>
  Buffer.concat([
    machineArchive(readFileSync(`${guest}/agent`), readFileSync(packageFile('/bin/busybox'))),
    outsetArchive({
      ...{ line: 'eth0', words: '/dev/ttyS2', console: 'ttyS0', errors: 'ttyS1' },
      drivers: drivers.map((path) => ({ name: basename(path), bytes: readFileSync(path) })),
      rest: '/dev/nvme1n1',
    }),
  ]);

/** A disk has whole sectors, and this one always as many: its kernel has asked once. */
const padded = (text: Uint8Array): Uint8Array => {
  const disk = new Uint8Array(restMost);
  disk.set(text);
  return disk;
};

/** What its kernel has to say goes to the third serial port; a system's console is the first, where its getty asks for a login. */
const kernelLine = ['console=ttyS2', 'console=ttyS0', 'quiet', 'loglevel=1', 'panic=-1', 'systemd.mask=serial-getty@ttyS2.service'];

/** No other card on the cable has one of these: IEEE 802, locally administered. */
const lineMac = '02:69:73:6f:6c:61';

const describe = ({ definition }: Machine): MachineDescription => {
  const { spec, address } = definition;
  return {
    memoryBytes: memoryOf(spec.limits),
    ...{ kernel: inside.kernel, initrd: inside.initrd, root: inside.root, rest: inside.rest, kernelLog: inside.kernelLog },
    commandLine: kernelLine.join(' '),
    cables: [{ socket: inside.line, mac: lineMac }, ...(address === null ? [] : [{ socket: inside.network, mac: address.mac }])],
  };
};

/** Mount points for all of that. */
const makePoints = ({ place }: Machine, shown: readonly string[]): void => {
  const skeleton = `${place.running}/skeleton`;
  for (const path of ['/dev', '/proc', inside.run]) makeDirectory(`${skeleton}${path}`);
  for (const path of [inside.root, inside.node, inside.kernel, inside.relay, inside.cable]) writePoint(`${skeleton}${path}`);
  for (const path of shown) {
    if (statSync(path).isDirectory()) makeDirectory(`${skeleton}${path}`);
    else writePoint(`${skeleton}${path}`);
  }
  makeDirectory(`${place.running}/machine`, 0o700);
  writeWhole(`${place.running}/machine/kernel.log`, '');
};

const writePoint = (path: string): void => {
  makeDirectory(dirname(path));
  writeWhole(path, '');
};
