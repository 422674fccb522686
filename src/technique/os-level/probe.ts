/** Can this host run Virtual Environments, and if not, what is missing? */
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import type { Verdict } from '../../environment/index.ts';
import { readHierarchies } from '../../host/cgroup/index.ts';
import { packageOf } from '../../host/programs.ts';

const programs = [
  'crun',
  'conmon',
  'catatonit',
  'busybox',
  'lxcfs',
  'dnsmasq',
  'nft',
  'ip',
  'ss',
  'unshare',
  'nsenter',
  'setpriv',
] as const;

export const probe = (): Verdict => {
  if (process.getuid?.() !== 0) {
    return { ok: false, missing: 'root: namespaces with many ids, control groups and bridges are root’s', remedy: 'run isola with sudo' };
  }
  const missing = programs.filter((program) => !isInPath(program));
  if (missing.length > 0) {
    const packages = missing.map(packageOf).join(' ');
    return { ok: false, missing: `the programs ${missing.join(', ')}`, remedy: `./isola setup, or apt-get install ${packages}` };
  }
  for (const kind of ['user', 'pid', 'mnt', 'net', 'ipc', 'uts', 'cgroup']) {
    if (!existsSync(`/proc/self/ns/${kind}`)) {
      return { ok: false, missing: `${kind} namespaces in the kernel`, remedy: `boot a kernel with them (CONFIG_NAMESPACES)` };
    }
  }
  if (readFileSync('/proc/sys/user/max_user_namespaces', 'utf8').trim() === '0') {
    return { ok: false, missing: 'user namespaces: their number is limited to 0', remedy: 'sysctl user.max_user_namespaces=10000' };
  }
  const { legacy, unified } = readHierarchies();
  if (legacy.size === 0 && unified === undefined) {
    return {
      ok: false,
      missing: 'control groups: none are mounted below /sys/fs/cgroup',
      remedy: 'mount -t cgroup2 cgroup2 /sys/fs/cgroup',
    };
  }
  const layout = legacy.size === 0 ? 'version 2' : unified === undefined ? 'version 1' : 'version 1 with version 2 beside it';
  return { ok: true, notes: [`namespaces, control groups ${layout}, crun`] };
};

const isInPath = (program: string): boolean =>
  (process.env['PATH'] ?? '').split(':').some((directory) => {
    try {
      accessSync(`${directory}/${program}`, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
