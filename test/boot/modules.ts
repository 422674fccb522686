/** Modules of Debian's kernel for clouds, for a first root file system. */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { modulesFor } from '../../src/computer/kernel/modules.ts';
import { kernelFile, kernelPackage } from '../oracle/kernel.ts';
import type { Entry } from './archive.ts';

const tree = (): string => {
  const release = basename(kernelFile()).replace('vmlinuz-', '');
  return join(kernelPackage(), 'lib/modules', release, 'kernel');
};

/** Of the kernel that is booted: virtio over PCI and these devices, with all they need, to be loaded by `insmod /NAME` in that order. */
export const virtioModules = (): readonly Entry[] => entriesOf(['virtio_pci', 'virtio_net', 'virtio_blk', 'virtio_rng', 'virtio_console']);

/** Likewise: Xen's disks and network cards. */
export const xenModules = (): readonly Entry[] => entriesOf(['xen_blkfront', 'xen_netfront']);

const entriesOf = (names: readonly string[]): readonly Entry[] =>
  modulesFor(names, tree()).map((path) => ({ name: basename(path), mode: 0o100644, data: readFileSync(path) }));
