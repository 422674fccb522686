/** The verb that boots a computer. */
import { parseBytes } from '../value/units.ts';
import { asText } from './options.ts';
import { passing, perhaps, value, values } from './verb.ts';

export const boot = passing({
  words: ['boot'],
  summary: 'Boot a computer: any system, on an emulated PC',
  details:
    'The first serial port is the console: standard output and, where there is one, the terminal’s keys. What the guest writes to its disks and diskettes is written to these files. Ctrl-] switches the computer off. Ends with 0 when it has switched itself off, with (2 × value + 1) where a program in it wrote a value to its debug-exit port 0xf4, and with 1 where its processor can’t go on.',
  operands: {
    image: perhaps(
      'IMAGE',
      'host path',
      'what it boots: an ISO 9660 file is a CD, one of a diskette’s size a diskette, any other a hard disk',
    ),
  },
  options: {
    disk: values('FILE', asText, 'a further hard disk, on IDE; three at the most', { names: 'host path' }),
    nvme: values('FILE', asText, 'a disk on NVMe', { names: 'host path' }),
    cdrom: value('FILE', asText, 'what is in the CD drive', { names: 'host path' }),
    floppy: values('FILE', asText, 'what is in diskette drives A and B', { names: 'host path' }),
    kernel: value('FILE', asText, 'Linux kernel to begin with, past any firmware', { names: 'host path' }),
    initrd: value('FILE', asText, 'the kernel’s first root file system', { names: 'host path' }),
    append: value('TEXT', asText, 'the kernel’s command line'),
    memoryBytes: value('SIZE', (text) => parseBytes(text, '--memory'), 'memory, 2M to 3584M', { short: 'm', usually: '512M' }),
    serial: values('FILE', asText, 'where a further serial port’s output goes, up to three', { names: 'host path' }),
  },
  examples: [
    { line: 'boot disk.img', does: 'whatever is on a disk' },
    { line: 'boot debian-12-netinst.iso --memory 1G', does: 'a CD' },
    { line: 'boot --kernel vmlinuz --initrd initrd.gz --append console=ttyS0', does: 'a Linux kernel' },
  ],
  apart: true,
});
