/** The other host: a stock Debian 12 as its installer leaves it, pure cgroup v2 under systemd, with what tools/setup would get. */
import { agentFiles, agentUnit } from './machine/agent.ts';
import { isolasPackages, type StockHost } from './machine/root.ts';

export const debian12: StockHost = {
  suite: 'bookworm',
  packages: ['linux-image-cloud-amd64', 'systemd-sysv', 'udev', 'dbus', 'kmod', 'procps', ...isolasPackages()],
  files: {
    ...agentFiles,
    'etc/hostname': { text: 'stock\n' },
    'etc/hosts': { text: '127.0.0.1 localhost stock\n' },
    'etc/fstab': { text: '/dev/nvme0n1 / ext4 defaults,errors=remount-ro 0 1\n' },
    'etc/machine-id': { text: '' },
  },
  units: [agentUnit],
};
