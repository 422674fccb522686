/** The host programs isola leans on, and the Debian packages they come with. */
import { existsSync } from 'node:fs';

const packages: Readonly<Record<string, string>> = {
  busybox: 'busybox-static',
  catatonit: 'catatonit',
  conmon: 'conmon',
  crun: 'crun',
  dnsmasq: 'dnsmasq-base',
  ip: 'iproute2',
  losetup: 'mount',
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

/** The package a program comes with; its own name where the table has none. */
export const packageOf = (program: string): string => packages[program] ?? program;
