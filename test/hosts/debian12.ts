/** The other host: a stock Debian 12 as its installer leaves it, pure cgroup v2 under systemd, with what tools/setup would get. */
import { agentFiles, agentUnit } from './machine/agent.ts';
import { isolasPackages, type StockHost } from './machine/root.ts';

/** Where the second disk is, and on it this checkout: folders may be called anything. */
export const disk = '/srv/50% of $it';
export const checkout = `${disk}/isola house`;

export const debian12: StockHost = {
  suite: 'bookworm',
  packages: ['linux-image-cloud-amd64', 'systemd-sysv', 'udev', 'dbus', 'kmod', 'procps', ...isolasPackages()],
  files: {
    ...agentFiles,
    'etc/hostname': { text: 'stock\n' },
    'etc/hosts': { text: '127.0.0.1 localhost stock\n' },
    'etc/fstab': { text: `/dev/nvme0n1 / ext4 defaults 0 1\n/dev/nvme0n2 ${disk.replaceAll(' ', '\\040')} ext4 defaults 0 2\n` },
    'etc/machine-id': { text: '' },
    // What was said before a reboot is read after it: systemd-journald(8), Storage=auto.
    'var/log/journal/.keep': { text: '' },
  },
  units: [agentUnit],
};
