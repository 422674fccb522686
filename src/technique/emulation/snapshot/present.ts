/** What a computer has in its drives at a moment, in words. */
import { type Media, noMedia, type Pc } from '../../../board/index.ts';
import type { Disk } from '../../../machine/index.ts';
import { FileMedium } from '../medium/index.ts';
import { namedIn } from '../record/computer.ts';
import type { Words } from './header.ts';

/** Of drives whose media come and go. */
const titles: ReadonlyMap<string, string> = new Map([
  ['cd', 'CD'],
  ['a', 'diskette A'],
  ['b', 'diskette B'],
]);

/** By the names of a recording, and NVMe disks by the numbers of their slots. All that was written is in their files then. */
export const mediaWords = ({ drives }: Pc, { disks, ahci, virtio }: Media): Words => {
  const removable = [...drives.removable].map(([name, { disk }]) => [titles.get(name) ?? name, disk] as const);
  const plugged = [...drives.nvme.disks].map(([number, { disk }]) => [`NVMe disk ${number}`, disk] as const);
  const all = [...namedIn({ ...noMedia, disks, ahci, virtio }), ...plugged, ...removable];
  return Object.fromEntries(all.flatMap(([name, disk]) => (disk === undefined ? [] : [[name, stampOf(disk)] as const])));
};

const stampOf = (disk: Disk): string => (disk instanceof FileMedium ? disk.stamp : `${disk.sizeBytes} bytes`);
