/** Modules of Debian's kernel for clouds, for a first root file system. */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { kernelFile, kernelPackage } from '../oracle/kernel.ts';
import type { Entry } from './archive.ts';

/** Of the kernel that is booted, by their paths in its tree, each behind what it needs: to be loaded by `insmod /NAME.ko` in that order. */
export const moduleFiles = (paths: readonly string[]): readonly Entry[] => {
  const release = basename(kernelFile()).replace('vmlinuz-', '');
  const root = join(kernelPackage(), 'lib/modules', release, 'kernel');
  return paths.map((path) => ({ name: `${basename(path)}.ko`, mode: 0o100644, data: readFileSync(join(root, `${path}.ko`)) }));
};

/** Those of virtio over PCI, and of these devices. */
export const virtioModules = [
  ...['net/core/failover', 'drivers/net/net_failover'],
  ...[
    'drivers/virtio/virtio',
    'drivers/virtio/virtio_ring',
    'drivers/virtio/virtio_pci_modern_dev',
    'drivers/virtio/virtio_pci_legacy_dev',
  ],
  ...[
    'drivers/virtio/virtio_pci',
    'drivers/net/virtio_net',
    'drivers/block/virtio_blk',
    'drivers/char/hw_random/virtio-rng',
    'drivers/char/virtio_console',
  ],
] as const;
