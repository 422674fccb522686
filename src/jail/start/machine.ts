/** The jail of a machine, whatever that is made of: nothing of the host is in it but the process that has the guest, with what that needs, and the environment's files. */
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ociRuntime } from '../../abi/index.ts';
import type { Definition } from '../../environment/index.ts';
import { makeDirectory, writeWhole } from '../../host/file/files.ts';
import type { Place } from '../place.ts';
import { mount, namespacesOf, terminals, volumeMount } from './bundle.ts';
import { pathsOf } from './confinement.ts';
import type { Furnishing } from './start.ts';

export interface MachineJail extends Pick<Furnishing, 'held' | 'filter' | 'terminal'> {
  readonly definition: Definition;
  readonly place: Pick<Place, 'running'>;
  /** The relay, and behind its words what it begins. */
  readonly args: readonly string[];
  readonly env: readonly string[];
  /** What it needs to act for the guest. */
  readonly capabilities: readonly string[];
  readonly mounts: readonly ociRuntime.Mount[];
  /** Where volumes are in it, by their numbers. */
  readonly volumes: string;
  /** What else the runtime is told. */
  readonly annotations?: Readonly<Record<string, string>>;
}

export const machineJail = (jail: MachineJail): ociRuntime.RuntimeConfig => {
  const { definition, place, args, env, capabilities, filter, terminal, held } = jail;
  const { spec } = definition;
  const { masked, readOnly } = pathsOf(spec);
  return {
    ociVersion: '1.0.2',
    process: {
      ...{ terminal, user: { uid: 0, gid: 0 }, args, env: ['PATH=/machine', 'HOME=/', ...env], cwd: '/' },
      capabilities: { bounding: capabilities, effective: capabilities, permitted: capabilities, inheritable: [], ambient: [] },
      noNewPrivileges: true,
    },
    root: { path: skeletonIn(place), readonly: true },
    hostname: spec.hostname,
    mounts: [
      mount('/proc', 'proc', 'proc', 'nosuid', 'noexec', 'nodev'),
      mount('/dev', 'tmpfs', 'tmpfs', 'nosuid', 'noexec', 'strictatime', 'mode=755', 'size=64k'),
      terminals(),
      ...jail.mounts,
      ...spec.volumes.map((volume, index) => volumeMount({ ...volume, target: `${jail.volumes}/${index}` }, spec.userns === 'private')),
    ],
    annotations: { ...(filter !== undefined && { 'run.oci.seccomp_bpf_data': filter }), ...jail.annotations },
    linux: {
      namespaces: namespacesOf(definition, held),
      resources: {},
      maskedPaths: masked.filter(isOfProc),
      readonlyPaths: readOnly.filter(isOfProc),
    },
  };
};

const isOfProc = (path: string): boolean => path.startsWith('/proc/');

/** What it has as its root, where points are that something is mounted on. */
export const skeletonIn = ({ running }: Pick<Place, 'running'>): string => `${running}/skeleton`;

/** Points for what is at these paths of the host, in the jail: directories for directories, files for all else. */
export const makePointsFor = (place: Pick<Place, 'running'>, sources: Iterable<readonly [source: string, path: string]>): void => {
  for (const [source, path] of sources) {
    if (statSync(source).isDirectory()) makeDirectory(`${skeletonIn(place)}${path}`);
    else makePoint(place, path);
  }
};

/** One for a file. */
export const makePoint = (place: Pick<Place, 'running'>, path: string): void => {
  const point = `${skeletonIn(place)}${path}`;
  makeDirectory(dirname(point));
  writeWhole(point, '');
};

/** By the numbers that a machine knows them by. */
export const volumePoints = ({ spec }: Definition, volumes: string): readonly (readonly [source: string, path: string])[] =>
  spec.volumes.map(({ source }, index) => [source, `${volumes}/${index}`] as const);
