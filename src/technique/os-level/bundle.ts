/** The OCI runtime bundle of an environment: opencontainers/runtime-spec v1.1, config.md, config-linux.md. */
import type { ociRuntime } from '../../abi/index.ts';
import type { Definition } from '../../environment/index.ts';
import { lxcfsFiles } from '../../host/lxcfs.ts';
import { packageFile } from '../../host/program/programs.ts';
import { isRootless } from '../../host/user/index.ts';
import type { Place } from '../../jail/place.ts';
import { file, mount, namespacesOf, processOf, terminals, volumeMount } from '../../jail/start/bundle.ts';
import { pathsOf } from '../../jail/start/confinement.ts';
import type { User } from '../../jail/start/lookup.ts';
import type { Furnishing } from '../../jail/start/start.ts';

/**
 * Two static programs of the host that isola needs inside, shown read-only: the small init, and a busybox for moving files. /dev
 * is a file system of its own, so the root stays as it is.
 */
export const programsInside = { init: '/dev/isola/init', busybox: '/dev/isola/busybox' } as const;
/** Whether a command is one of these, which no root file system has. */
export const isShownInside = (command: string | undefined): boolean => Object.values(programsInside).some((path) => path === command);
const programsOnHost = { init: '/usr/bin/catatonit', busybox: '/bin/busybox' } as const;

export interface BundleParts extends Furnishing {
  readonly user: User;
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

/** A system's init is its first process; before anything else stands a small init that reaps and hands on signals. */
const firstProcess = ({ spec, template }: Definition): readonly string[] => {
  if (spec.work === 'system') return template.config.init;
  if (spec.work === 'hold') return [programsInside.init, '-P'];
  return spec.init ? [programsInside.init, '--', ...spec.command] : spec.command;
};

const mountsOf = (definition: Definition, place: Place, parts: BundleParts): readonly ociRuntime.Mount[] => {
  const { spec } = definition;
  const isSystem = spec.work === 'system';
  return [
    mount('/proc', 'proc', 'proc', 'nosuid', 'noexec', 'nodev'),
    mount('/dev', 'tmpfs', 'tmpfs', 'nosuid', 'noexec', 'strictatime', 'mode=755', 'size=65536k'),
    terminals(),
    mount('/dev/shm', 'tmpfs', 'shm', 'nosuid', 'noexec', 'nodev', 'mode=1777', 'size=65536k'),
    mount('/dev/mqueue', 'mqueue', 'mqueue', 'nosuid', 'noexec', 'nodev'),
    // The kernel lets nobody mount a sysfs that tells of a network namespace he does not own.
    spec.network === 'host'
      ? mount('/sys', 'bind', '/sys', 'rbind', 'ro', 'nosuid', 'noexec', 'nodev')
      : mount('/sys', 'sysfs', 'sysfs', 'nosuid', 'noexec', 'nodev', 'ro'),
    // Within the host's own /sys, which is shown as it is, an ordinary user's namespace may mount nothing.
    ...(parts.unified && !(spec.network === 'host' && isRootless())
      ? [mount('/sys/fs/cgroup', 'cgroup2', 'cgroup2', 'nosuid', 'noexec', 'nodev', isSystem ? 'rw' : 'ro')]
      : []),
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
    ...(parts.lxcfs === undefined ? [] : lxcfsFiles.map((path) => file(`/${path}`, `${parts.lxcfs}/${path}`, 'ro', 'noexec'))),
    ...(['init', 'busybox'] as const).map((name) => file(programsInside[name], packageFile(programsOnHost[name]), 'ro')),
    ...spec.volumes.map((volume) => volumeMount(volume, spec.userns === 'private')),
  ];
};
