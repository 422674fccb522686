/** The OCI runtime bundle of an environment: opencontainers/runtime-spec v1.1, config.md, config-linux.md. */
import { statSync } from 'node:fs';
import { isatty } from 'node:tty';
import type { ociRuntime } from '../../../abi/index.ts';
import type { Definition, Volume } from '../../../environment/index.ts';
import { lxcfsFiles } from '../../../host/lxcfs.ts';
import type { Place } from '../place.ts';
import { capabilitiesOf, pathsOf } from './confinement.ts';
import type { User } from './lookup.ts';
import type { Held } from './namespaces.ts';

export const usualPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Two static programs of the host that isola needs inside, shown read-only: the small init, and a busybox for moving files. /dev
 * is a file system of its own, so the root stays as it is.
 */
export const programsInside = { init: '/dev/isola/init', busybox: '/dev/isola/busybox' } as const;
/** Whether a command is one of these, which no root file system has. */
export const isShownInside = (command: string | undefined): boolean => Object.values(programsInside).some((path) => path === command);
const programsOnHost = { init: '/usr/bin/catatonit', busybox: '/bin/busybox' } as const;

export interface BundleParts {
  readonly held: Held | undefined;
  readonly user: User;
  /** Compiled system call filter, base64; undefined for none. */
  readonly filter: string | undefined;
  /** Mount point of lxcfs. */
  readonly lxcfs: string;
  readonly terminal: boolean;
  /** Whether the host has the unified control group hierarchy. */
  readonly unified: boolean;
}

export const runtimeConfig = (definition: Definition, place: Place, parts: BundleParts): ociRuntime.RuntimeConfig => {
  const { spec } = definition;
  const { masked, readOnly } = pathsOf(spec);
  return {
    ociVersion: '1.0.2',
    process: processOf(definition, { ...parts, args: firstProcess(definition), env: {}, workdir: spec.workdir }),
    root: { path: place.root, readonly: false },
    hostname: spec.hostname,
    mounts: mountsOf(definition, place, parts),
    // crun(1), run.oci.seccomp_bpf_data.
    ...(parts.filter !== undefined && { annotations: { 'run.oci.seccomp_bpf_data': parts.filter } }),
    linux: {
      namespaces: namespacesOf(definition, parts.held),
      resources: {},
      // ping without a raw socket, as podman allows: icmp(7), ping_group_range.
      ...(spec.network !== 'host' && { sysctl: { 'net.ipv4.ping_group_range': '0 0' } }),
      maskedPaths: masked,
      readonlyPaths: readOnly,
    },
  };
};

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

/** A system's init is its first process; before anything else stands a small init that reaps and hands on signals. */
const firstProcess = ({ spec, template }: Definition): readonly string[] => {
  if (spec.work === 'system') return template.config.init;
  if (spec.work === 'hold') return [programsInside.init, '-P'];
  return spec.init ? [programsInside.init, '--', ...spec.command] : spec.command;
};

const namespacesOf = ({ spec }: Definition, held: Held | undefined): ociRuntime.RuntimeConfig['linux']['namespaces'] => [
  { type: 'pid' },
  { type: 'ipc' },
  { type: 'uts' },
  { type: 'mount' },
  { type: 'cgroup' },
  ...(spec.userns === 'private' && held?.user !== undefined ? [{ type: 'user' as const, path: held.user }] : []),
  ...(spec.network !== 'host' && held?.network !== undefined ? [{ type: 'network' as const, path: held.network }] : []),
];

const mountsOf = (definition: Definition, place: Place, parts: BundleParts): readonly ociRuntime.Mount[] => {
  const { spec } = definition;
  const isSystem = spec.work === 'system';
  return [
    mount('/proc', 'proc', 'proc', 'nosuid', 'noexec', 'nodev'),
    mount('/dev', 'tmpfs', 'tmpfs', 'nosuid', 'noexec', 'strictatime', 'mode=755', 'size=65536k'),
    mount('/dev/pts', 'devpts', 'devpts', 'nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'),
    mount('/dev/shm', 'tmpfs', 'shm', 'nosuid', 'noexec', 'nodev', 'mode=1777', 'size=65536k'),
    mount('/dev/mqueue', 'mqueue', 'mqueue', 'nosuid', 'noexec', 'nodev'),
    // The kernel lets nobody mount a sysfs that tells of a network namespace he does not own.
    spec.network === 'host'
      ? mount('/sys', 'bind', '/sys', 'rbind', 'ro', 'nosuid', 'noexec', 'nodev')
      : mount('/sys', 'sysfs', 'sysfs', 'nosuid', 'noexec', 'nodev', 'ro'),
    ...(parts.unified ? [mount('/sys/fs/cgroup', 'cgroup2', 'cgroup2', 'nosuid', 'noexec', 'nodev', isSystem ? 'rw' : 'ro')] : []),
    ...(isSystem
      ? [
          mount('/run', 'tmpfs', 'tmpfs', 'nosuid', 'nodev', 'mode=755'),
          mount('/run/lock', 'tmpfs', 'tmpfs', 'nosuid', 'nodev', 'noexec', 'size=5120k'),
          mount('/tmp', 'tmpfs', 'tmpfs', 'nosuid', 'nodev', 'mode=1777'),
        ]
      : []),
    file('/etc/hosts', place.hostsFile),
    file('/etc/resolv.conf', place.resolvFile),
    file('/etc/hostname', place.hostnameFile),
    ...lxcfsFiles.map((path) => file(`/${path}`, `${parts.lxcfs}/${path}`, 'ro', 'noexec')),
    ...(['init', 'busybox'] as const).map((name) => file(programsInside[name], programsOnHost[name], 'ro')),
    ...spec.volumes.map((volume) => volumeMount(volume, spec.userns === 'private')),
  ];
};

/**
 * The recursive words are what crun 1.8 heeds on a writable idmapped mount, and keep what is mounted below from being freer; of a file it
 * doesn't know them. An idmapped mount is of one file system: what is mounted below isn't shown.
 */
const volumeMount = ({ source, target, readOnly }: Volume, idmapped: boolean): ociRuntime.Mount => {
  const options = statSync(source).isDirectory()
    ? ['rbind', readOnly ? 'rro' : 'rw', 'rnosuid', 'rnodev']
    : ['bind', readOnly ? 'ro' : 'rw', 'nosuid', 'nodev'];
  return mount(target, 'bind', source, ...options, ...(idmapped ? ['idmap'] : []));
};

const mount = (destination: string, type: string, source: string, ...options: readonly string[]): ociRuntime.Mount => ({
  destination,
  type,
  source,
  options,
});

const file = (destination: string, source: string, ...options: readonly string[]): ociRuntime.Mount =>
  mount(destination, 'bind', source, 'bind', 'nosuid', 'nodev', ...options);
