/** What the processes of an environment may do: capabilities, system calls, and which kernel files they see. */
import { existsSync, readFileSync } from 'node:fs';
import { arch } from 'node:process';
import { type Capability, capabilities, type ociRuntime } from '../../abi/index.ts';
import { Refusal, type Spec } from '../../environment/index.ts';
import { packageFile } from '../../host/program/programs.ts';
import { idsHere } from '../../host/user/index.ts';

/** podman's defaults: containers/common, containers.conf(5), default_capabilities. */
const usual: readonly Capability[] = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_KILL',
  'CAP_NET_BIND_SERVICE',
  'CAP_SETFCAP',
  'CAP_SETGID',
  'CAP_SETPCAP',
  'CAP_SETUID',
  'CAP_SYS_CHROOT',
];

/**
 * What an init system needs beyond: to mount, to make namespaces for its services, to set up its own network. All of it counts
 * only against the environment's own user namespace, so it is given only where there is one.
 */
const system: readonly Capability[] = [
  ...usual,
  'CAP_AUDIT_WRITE',
  'CAP_DAC_READ_SEARCH',
  'CAP_IPC_LOCK',
  'CAP_IPC_OWNER',
  'CAP_LEASE',
  'CAP_LINUX_IMMUTABLE',
  'CAP_MKNOD',
  'CAP_NET_ADMIN',
  'CAP_NET_BROADCAST',
  'CAP_NET_RAW',
  'CAP_SYS_ADMIN',
  'CAP_SYS_BOOT',
  'CAP_SYS_NICE',
  'CAP_SYS_PTRACE',
  'CAP_SYS_RESOURCE',
  'CAP_SYS_TTY_CONFIG',
];

/** The bounding set of an environment. Throws `malformed-value` for what the kernel doesn't know, `facet-absent` for what can't be given. */
export const capabilitiesOf = ({ work, userns, capAdd, capDrop }: Spec): readonly Capability[] => {
  const isSystem = work === 'system' && userns === 'private';
  // A user namespace of its own has them all; without one, nobody gives what he hasn't got.
  const offered = userns === 'private' ? capabilities : ownCapabilities();
  const dropsAll = capDrop.includes('CAP_ALL');
  const kept = new Set<Capability>(dropsAll ? [] : isSystem ? system : usual.filter((name) => offered.includes(name)));
  for (const name of capDrop) if (name !== 'CAP_ALL') kept.delete(known(name));
  for (const name of capAdd) for (const one of name === 'CAP_ALL' ? offered : [given(known(name), offered)]) kept.add(one);
  return capabilities.filter((name) => kept.has(name));
};

const known = (name: string): Capability => {
  const found = capabilities.find((one) => one === name);
  if (found === undefined) throw new Refusal('malformed-value', ['a capability', name, 'capabilities(7) lists them']);
  return found;
};

const given = (name: Capability, offered: readonly Capability[]): Capability => {
  if (offered.includes(name)) return name;
  throw new Refusal('facet-absent', [
    'os-level',
    `${name} among the host’s user ids`,
    'isola itself hasn’t got it here: leave --userns away',
  ]);
};

/** What this process may hand on: proc_pid_status(5), CapBnd. */
const ownCapabilities = (): readonly Capability[] => {
  const bounding = BigInt(`0x${/^CapBnd:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'}`);
  return capabilities.filter((_, bit) => (bounding & (1n << BigInt(bit))) !== 0n);
};

/** podman's masked and read-only paths: containers/podman, pkg/specgen/generate/config_linux.go. */
const masked = [
  '/proc/acpi',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/sys/dev/block',
  '/sys/devices/virtual/powercap',
  '/sys/firmware',
  '/sys/fs/selinux',
];
const readOnly = ['/proc/asound', '/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

/**
 * An init system may write below /proc/sys: what isn't its own namespace's belongs to the host's root, whom nobody inside can be.
 */
export const pathsOf = ({ work, userns }: Spec): { readonly masked: readonly string[]; readonly readOnly: readonly string[] } => ({
  masked,
  readOnly: work === 'system' && userns === 'private' ? readOnly.filter((path) => path !== '/proc/sys') : readOnly,
});

/** Debian's copy of the profile podman and buildah use; package golang-github-containers-common. */
export const profilePath = (): string => packageFile('/usr/share/containers/seccomp.json');

interface Profile {
  readonly defaultAction: string;
  readonly defaultErrnoRet?: number;
  readonly archMap: readonly { readonly architecture: string; readonly subArchitectures: readonly string[] | null }[];
  readonly syscalls: readonly {
    readonly names: readonly string[];
    readonly action: string;
    readonly args: NonNullable<ociRuntime.Seccomp['syscalls'][number]['args']> | null;
    readonly includes: Condition;
    readonly excludes: Condition;
    readonly errnoRet?: number;
  }[];
}
interface Condition {
  readonly caps?: readonly string[];
  readonly arches?: readonly string[];
}

const architectures: Readonly<Record<string, readonly [seccomp: string, profile: string]>> = {
  x64: ['SCMP_ARCH_X86_64', 'amd64'],
  arm64: ['SCMP_ARCH_AARCH64', 'arm64'],
};

/** The profile's rules that hold for these capabilities on this processor: containers/common, pkg/seccomp, seccomp_linux.go setupSeccomp. */
export const seccompOf = (spec: Spec, mayFixAddresses = false): ociRuntime.Seccomp | undefined => {
  if (spec.seccomp === 'unconfined') return undefined;
  const path = profilePath();
  if (!existsSync(path)) throw new Refusal('program-missing', [path, 'golang-github-containers-common']);
  const profile: Profile = JSON.parse(readFileSync(path, 'utf8'));
  const [architecture = '', shortName = ''] = architectures[arch] ?? [];
  const caps = capabilitiesOf(spec);
  const hasOneId = idsHere() === 1;
  const holds = ({ caps: wantedCaps = [], arches = [] }: Condition, every: boolean): boolean => {
    const tests = [
      ...wantedCaps.map((cap) => caps.includes(cap as Capability)),
      ...(arches.length > 0 ? [arches.includes(shortName)] : []),
    ];
    return every ? tests.every(Boolean) : tests.some(Boolean);
  };
  return {
    defaultAction: profile.defaultAction,
    ...(profile.defaultErrnoRet !== undefined && { defaultErrnoRet: profile.defaultErrnoRet }),
    architectures: [architecture, ...(profile.archMap.find((one) => one.architecture === architecture)?.subArchitectures ?? [])],
    syscalls: profile.syscalls
      .filter(({ includes, excludes }) => holds(includes, true) && !holds(excludes, false))
      .map(({ names, action, args, errnoRet }) => ({
        names: hasOneId ? names.filter((name) => !pretended.includes(name)) : names,
        action,
        ...(errnoRet !== undefined && { errnoRet }),
        ...(args !== null && args.length > 0 && { args }),
      }))
      .concat(hasOneId ? [{ names: pretended, action: 'SCMP_ACT_ERRNO', errnoRet: 0 }] : [])
      .concat(mayFixAddresses ? [fixesAddresses] : []),
  };
};

/**
 * Giving files and oneself to another user: where an ordinary user has one id alone, that is answered with success, and nothing is done.
 * Or no package could be installed: each gives some file to somebody. guest/pretend does the same for who builds images.
 */
const pretended: readonly string[] = [
  ...['chown', 'chown32', 'fchown', 'fchown32', 'fchownat', 'lchown', 'lchown32'],
  ...['setfsgid', 'setfsgid32', 'setfsuid', 'setfsuid32', 'setgid', 'setgid32', 'setgroups', 'setgroups32', 'setregid', 'setregid32'],
  ...['setresgid', 'setresgid32', 'setresuid', 'setresuid32', 'setreuid', 'setreuid32', 'setuid', 'setuid32'],
];

/** personality(2), ADDR_NO_RANDOMIZE. A program that takes other ids loses it again: linux include/uapi/linux/personality.h, PER_CLEAR_ON_SETID. */
const fixesAddresses: ociRuntime.Seccomp['syscalls'][number] = {
  names: ['personality'],
  action: 'SCMP_ACT_ALLOW',
  args: [{ index: 0, value: 0x0040000, op: 'SCMP_CMP_EQ' }],
};
