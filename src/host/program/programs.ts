/** The host programs isola leans on, and the Debian packages they come with. */
import { accessSync, constants, existsSync } from 'node:fs';

const packages: Readonly<Record<string, string>> = {
  busybox: 'busybox-static',
  catatonit: 'catatonit',
  conmon: 'conmon',
  crun: 'crun',
  dnsmasq: 'dnsmasq-base',
  ip: 'iproute2',
  losetup: 'mount',
  'linux.uml': 'user-mode-linux',
  lxcfs: 'lxcfs',
  'mkfs.ext4': 'e2fsprogs',
  'mkfs.xfs': 'xfsprogs',
  mmdebstrap: 'mmdebstrap',
  mount: 'mount',
  'musl-gcc': 'musl-tools',
  nft: 'nftables',
  nsenter: 'util-linux',
  passt: 'passt',
  resize2fs: 'e2fsprogs',
  setpriv: 'util-linux',
  ss: 'iproute2',
  tc: 'iproute2',
  umount: 'mount',
  unshare: 'util-linux',
  xfs_growfs: 'xfsprogs',
  xz: 'xz-utils',
};

/** Where an ordinary user's set-up unpacks packages that the host lacks; what is there is found by PATH, or by this. */
export const packageFile = (path: string): string => {
  const unpacked = process.env['ISOLA_PACKAGES'];
  return unpacked === undefined || unpacked === '' || existsSync(path) ? path : `${unpacked}${path}`;
};

/** Where PATH leads for a program; undefined where it is in none of its directories. */
export const pathOf = (program: string): string | undefined =>
  (process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin')
    .split(':')
    .map((directory) => `${directory}/${program}`)
    .find(isExecutable);

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** The package a program comes with; its own name where the table has none. */
export const packageOf = (program: string): string => packages[program] ?? program;
