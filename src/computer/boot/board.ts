/** What a microvm can't have of what a PC may be asked to have. */
import type { Program } from '../../board/index.ts';
import { type BootRequest, Refusal } from '../../environment/index.ts';

export const isMicrovm = ({ board }: Pick<BootRequest, 'board'>): boolean => board === 'microvm';

/** Throws a Refusal that names the option. */
export const refuseOnMicrovm = (request: BootRequest): void => {
  if (!isMicrovm(request)) return;
  const { kernel, image, disk, ahci, cdrom, floppy, bios, display, debugcon, post, testDevice, loadAddress, restore, monitor } = request;
  if (kernel === undefined && restore === undefined)
    throw new Refusal('usage', [
      'a microvm has no firmware that would begin from a disk',
      'name a kernel with --kernel, or leave --board microvm away',
    ]);
  const isShown = display.some((one) => one !== 'auto' && one !== 'none');
  const wanted: readonly (readonly [option: string, isGiven: boolean, remedy: string])[] = [
    [
      'a disk on IDE',
      monitor?.kind !== 'xen' && (image !== undefined || disk.length > 0),
      'give it with --nvme or --virtio, or to Xen’s guest: --monitor xen',
    ],
    ['--ahci', ahci.length > 0, 'give the disk with --nvme or --virtio'],
    ['--cdrom', cdrom !== undefined, 'give what is on the CD with --nvme or --virtio'],
    ['--floppy', floppy.length > 0, 'give what is on the diskette with --nvme or --virtio'],
    ['--display', isShown, 'its first serial port is its console: leave that away'],
    ['--bios', bios !== undefined, 'it begins with its kernel: leave that away'],
    ['--load-address', loadAddress !== undefined, 'it begins with a kernel of Linux or for PVH'],
    ['--debugcon', debugcon !== undefined, 'leave that away'],
    ['--post', post !== undefined, 'leave that away'],
    ['--test-device', testDevice, 'leave that away'],
  ];
  for (const [option, isGiven, remedy] of wanted)
    if (isGiven) throw new Refusal('usage', [`a microvm can't have ${option}`, `${remedy}, or leave --board microvm away`]);
};

/** Throws `not-bootable` where that wants a PC's firmware, or a loader that a microvm has not. */
export const refuseProgram = (program: Program, kernel: string): void => {
  const isFit = (program.protocol === 'linux' && program.setup === undefined) || program.protocol === 'pvh';
  if (!isFit) throw new Refusal('not-bootable', [kernel, 'kernel', 'a microvm begins kernels of Linux, and those for PVH, alone']);
};
