/** What a computer is, in words that are compared. */
import { type Media, noMedia, type Pc } from '../board/index.ts';
import type { Disk } from '../machine/index.ts';
import type { Words } from './header.ts';

export type Named = readonly (readonly [name: string, disk: Disk])[];

/** All disks, each with its name. */
export const namedIn = ({ disks, ahci, nvme, virtio, floppies, cd }: Media): Named => [
  ...disks.map((disk, index) => [`disk ${index}`, disk] as const),
  ...ahci.map((disk, index) => [`AHCI disk ${index}`, disk] as const),
  ...nvme.map((disk, index) => [`NVMe disk ${index}`, disk] as const),
  ...virtio.map((disk, index) => [`virtio disk ${index}`, disk] as const),
  ...floppies.map((disk, index) => [`diskette ${'AB'[index] ?? index}`, disk] as const),
  ...(cd === undefined ? [] : [['CD', cd] as const]),
];

/** Of drives whose media come and go. */
const titles: ReadonlyMap<string, string> = new Map([
  ['cd', 'CD'],
  ['a', 'diskette A'],
  ['b', 'diskette B'],
]);

/** What is in its drives at this moment, each as `stampOf` has it; NVMe disks by the numbers of their slots. */
export const mediaWords = ({ drives }: Pc, { disks, ahci, virtio }: Media, stampOf: (disk: Disk) => string): Words => {
  const removable = [...drives.removable].map(([name, { disk }]) => [titles.get(name) ?? name, disk] as const);
  const plugged = [...drives.nvme.disks].map(([number, { disk }]) => [`NVMe disk ${number}`, disk] as const);
  const all = [...namedIn({ ...noMedia, disks, ahci, virtio }), ...plugged, ...removable];
  return Object.fromEntries(all.flatMap(([name, disk]) => (disk === undefined ? [] : [[name, stampOf(disk)] as const])));
};

/** The first thing in which they differ, as a clause; undefined: none. */
export const difference = (then: Words, here: Words): string | undefined => {
  for (const name of new Set([...Object.keys(then), ...Object.keys(here)])) {
    const [was, is] = [then[name], here[name]];
    if (was === is) continue;
    if (was === undefined) return `it was made without ${name}`;
    if (is === undefined) return `it was made with ${name}, which is not given: ${was}`;
    return `it was made with another ${name}: ${was}, and here it is ${is}`;
  }
  return undefined;
};
