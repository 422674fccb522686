/** Can this host jail at all, and if not, what is missing? */
import { existsSync, readFileSync } from 'node:fs';
import type { Verdict } from '../environment/index.ts';
import { readHierarchies } from '../host/cgroup/index.ts';
import { packageOf, pathOf } from '../host/program/programs.ts';
import { isOrdinaryUser, isRootless, wayIn, whyNoNamespace } from '../host/user/index.ts';

const programs = ['crun', 'conmon', 'catatonit', 'busybox', 'ip', 'ss', 'unshare', 'nsenter', 'setpriv'] as const;
/** Beyond those: what root's jails share, or what an ordinary user's have each. */
const roots = ['lxcfs', 'dnsmasq', 'nft'] as const;
const users = ['passt'] as const;

/** `more`: programs beyond those that every jail needs. What it notes: how the host keeps control groups, if it does. */
export const probeJail = (more: readonly string[] = []): Verdict => {
  const missing = [...programs, ...(isOrdinaryUser() ? users : roots), ...more].filter((program) => pathOf(program) === undefined);
  const absent = `the programs ${missing.join(', ')}`;
  if (process.getuid?.() !== 0) {
    const why = whyNoNamespace();
    const namespace = `it needs root, or a user namespace of this user’s own: ${why ?? 'this program was not begun in one'}`;
    // isola's own commands go there by themselves.
    const remedy = why === undefined ? `begin it by ${wayIn} node PROGRAM, or run it with sudo` : 'run isola with sudo';
    return missing.length > 0
      ? { ok: false, missing: `${namespace}; and ${absent}`, remedy: `./isola setup, or ${remedy}` }
      : { ok: false, missing: namespace, remedy };
  }
  if (missing.length > 0) {
    const packages = [...new Set(missing.map(packageOf))].join(' ');
    return { ok: false, missing: `it needs ${absent}`, remedy: `./isola setup, or apt-get install ${packages}` };
  }
  for (const kind of ['user', 'pid', 'mnt', 'net', 'ipc', 'uts', 'cgroup']) {
    if (!existsSync(`/proc/self/ns/${kind}`)) {
      return { ok: false, missing: `it needs ${kind} namespaces in the kernel`, remedy: `boot a kernel with them (CONFIG_NAMESPACES)` };
    }
  }
  if (readFileSync('/proc/sys/user/max_user_namespaces', 'utf8').trim() === '0') {
    return {
      ok: false,
      missing: 'it needs user namespaces, whose number is limited to 0',
      remedy: 'sysctl user.max_user_namespaces=10000',
    };
  }
  if (isRootless()) return { ok: true, notes: ['this user’s own, without limits'] };
  const { legacy, unified } = readHierarchies();
  if (legacy.size === 0 && unified === undefined) {
    return {
      ok: false,
      missing: 'it needs control groups, and none are mounted below /sys/fs/cgroup',
      remedy: 'mount -t cgroup2 cgroup2 /sys/fs/cgroup',
    };
  }
  const layout = legacy.size === 0 ? 'version 2' : unified === undefined ? 'version 1' : 'version 1 with version 2 beside it';
  return { ok: true, notes: [`control groups ${layout}`] };
};
