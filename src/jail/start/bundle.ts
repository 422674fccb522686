/** Parts of which every runtime bundle is made: opencontainers/runtime-spec v1.1, config.md, config-linux.md. */
import { statSync } from 'node:fs';
import { isatty } from 'node:tty';
import type { ociRuntime } from '../../abi/index.ts';
import type { Definition, Volume } from '../../environment/index.ts';
import { idsHere, isRootless } from '../../host/user/index.ts';
import { capabilitiesOf } from './confinement.ts';
import type { User } from './lookup.ts';
import type { Held } from './namespaces.ts';

export const usualPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface ProcessParts {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly workdir: string;
  readonly user: User;
  readonly terminal: boolean;
}

/** That of isola's own terminal; it is followed from then on. */
const sizeHere = (): { readonly height: number; readonly width: number } => {
  const { columns, rows } = process.stdout;
  return { height: rows, width: columns };
};

/** A process of the environment: its first, or one that joins it. */
export const processOf = ({ spec }: Definition, { args, env, workdir, user, terminal }: ProcessParts): ociRuntime.Process => {
  const caps = capabilitiesOf(spec);
  const isRoot = user.uid === 0;
  const variables = {
    PATH: usualPath,
    HOME: user.home,
    ...(terminal && { TERM: process.env['TERM'] ?? 'xterm' }),
    container: 'oci',
    ...spec.env,
    ...env,
  };
  return {
    terminal,
    ...(terminal && isatty(1) && { consoleSize: sizeHere() }),
    user: { uid: user.uid, gid: user.gid, ...(user.groups.length > 0 && { additionalGids: user.groups }) },
    args,
    env: Object.entries(variables).map(([name, value]) => `${name}=${value}`),
    cwd: workdir,
    capabilities: {
      bounding: caps,
      effective: isRoot ? caps : [],
      permitted: isRoot ? caps : [],
      inheritable: [],
      ambient: [],
    },
    noNewPrivileges: false,
  };
};

export const namespacesOf = ({ spec }: Definition, held: Held | undefined): ociRuntime.RuntimeConfig['linux']['namespaces'] => [
  { type: 'pid' },
  { type: 'ipc' },
  { type: 'uts' },
  { type: 'mount' },
  { type: 'cgroup' },
  ...(spec.userns === 'private' && held?.user !== undefined ? [{ type: 'user' as const, path: held.user }] : []),
  ...(spec.network !== 'host' && held?.network !== undefined ? [{ type: 'network' as const, path: held.network }] : []),
];

/**
 * The recursive words are what crun 1.8 heeds on a writable idmapped mount, and keep what is mounted below from being freer; of a file it
 * doesn't know them. An idmapped mount is of one file system: what is mounted below isn't shown.
 */
export const volumeMount = ({ source, target, readOnly }: Volume, idmapped: boolean): ociRuntime.Mount => {
  const options = statSync(source).isDirectory()
    ? ['rbind', readOnly ? 'rro' : 'rw', 'rnosuid', 'rnodev']
    : ['bind', readOnly ? 'ro' : 'rw', 'nosuid', 'nodev'];
  return mount(target, 'bind', source, ...options, ...(idmapped && !isRootless() ? ['idmap'] : []));
};

export const mount = (destination: string, type: string, source: string, ...options: readonly string[]): ociRuntime.Mount => ({
  destination,
  type,
  source,
  options,
});

/** devpts(5): terminals belong to Debian's group tty, where there is one. */
export const terminals = (): ociRuntime.Mount => {
  const options = ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620'];
  return mount('/dev/pts', 'devpts', 'devpts', ...options, ...(!isRootless() || idsHere() > ttyGroup ? [`gid=${ttyGroup}`] : []));
};

const ttyGroup = 5;

export const file = (destination: string, source: string, ...options: readonly string[]): ociRuntime.Mount =>
  mount(destination, 'bind', source, 'bind', 'nosuid', 'nodev', ...options);
