/** What everybody boots, as far as somebody can use it: kernels of Linux, boot loaders, a test of memory, a hypervisor, a boot sector. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isolinuxCd, syslinuxFloppy } from '../../test/boot/loaders.ts';
import { dependency, installer, unpacked } from '../../test/boot/packages.ts';
import { shellArchive } from '../../test/boot/shell.ts';
import { kernelFile } from '../../test/oracle/kernel.ts';
import type { Medium, System } from './system.ts';

const prompt = 'PROMPT 1\nTIMEOUT 0\nDEFAULT none\n';
const small = { memoryMib: 64, bits: 32, rounds: 3, seenOn: 'screen' } as const;

/** What takes longer, some of it for tens of seconds on one of them. */
const large = { ...small, rounds: 1 } as const;
const xenWords = 'console=com1 com1=115200,8n1 dom0_mem=256M';
const word = 'spoken';

/** Says the word by the BIOS, and rests. */
const speakingSector = (): Uint8Array => {
  const bytes = new Uint8Array(1440 * 1024);
  // cld; xor ax, ax; mov ds, ax; mov si, 7c17h; lodsb; mov ah, 0eh; test al, al; jz to sti; int 10h; jmp to lodsb; sti; hlt; jmp to sti.
  const code = 'fc31c08ed8be177cacb40e84c07404cd10ebf5fbf4ebfc';
  bytes.set([...Buffer.from(code, 'hex'), ...Buffer.from(word)]);
  bytes.set([0x55, 0xaa], 510);
  return bytes;
};

const made = (place: string): string => {
  mkdirSync(place, { recursive: true });
  return place;
};

/** To its shell. */
const linux = (place: string, kernel: string, busybox?: string): Medium => {
  const initrd = join(made(place), 'initrd.gz');
  writeFileSync(initrd, shellArchive(busybox));
  return { kind: 'kernel', guest: { kernel, initrd, commandLine: 'console=ttyS0 quiet', memoryMib: 256 } };
};

const ofShell = { memoryMib: 256, rounds: 1, seenOn: 'serial line', steps: [{ shows: '/ # ' }] } as const;

export const systems: readonly System[] = [
  {
    ...small,
    name: 'a boot sector on a diskette, to its word',
    medium: (place) => {
      const path = join(made(place), 'sector.img');
      writeFileSync(path, speakingSector());
      return { kind: 'diskette', path };
    },
    steps: [{ shows: word }],
  },
  {
    ...small,
    name: 'SYSLINUX 6.04 from a diskette, to its prompt',
    medium: (place) => ({ kind: 'diskette', path: syslinuxFloppy(made(place), prompt) }),
    steps: [{ shows: 'boot:' }],
  },
  {
    ...small,
    name: 'ISOLINUX 6.04 from a CD, to its prompt',
    medium: (place) => ({ kind: 'CD', path: isolinuxCd(made(place), { configuration: prompt }) }),
    steps: [{ shows: 'boot:' }],
  },
  {
    ...large,
    name: 'GRUB 2.06’s rescue CD, by its menu to its prompt',
    medium: () => ({ kind: 'CD', path: join(unpacked('grub-rescue-pc'), 'usr/lib/grub-rescue/grub-rescue-cdrom.iso') }),
    steps: [{ shows: 'automatically in', types: 'c' }, { shows: 'grub>' }],
  },
  {
    ...large,
    name: 'iPXE’s CD, by Ctrl-B to its prompt',
    medium: () => ({ kind: 'CD', path: join(unpacked('ipxe'), 'usr/lib/ipxe/ipxe.iso') }),
    steps: [{ shows: 'Ctrl-B', types: '\u0002' }, { shows: 'iPXE>' }],
  },
  {
    ...large,
    name: 'memtest86+ 6.10 of 32 bits from a CD, to its third test',
    medium: (place) => ({
      kind: 'CD',
      path: isolinuxCd(made(place), {
        configuration: 'DEFAULT memtest\nLABEL memtest\n KERNEL memtest\n',
        files: { memtest: join(unpacked('memtest86+'), 'boot/memtest86+ia32.bin') },
      }),
    }),
    steps: [{ shows: '#2' }],
    unlessV86: 'v86 0.5.462 ends there: RuntimeError, memory access out of bounds, in its main_loop',
  },
  {
    name: 'Xen 4.17 from a CD, to its first domain’s beginning',
    memoryMib: 512,
    bits: 64,
    rounds: 1,
    seenOn: 'serial line',
    medium: (place) => ({
      kind: 'CD',
      path: isolinuxCd(made(place), {
        configuration: `DEFAULT xen\nLABEL xen\n KERNEL mboot.c32\n APPEND xen.gz ${xenWords} --- linux console=hvc0\n`,
        modules: ['mboot.c32', 'libcom32.c32'],
        files: {
          'xen.gz': join(unpacked('xen-hypervisor-4.17-amd64', 'amd64', './boot'), 'boot/xen-4.17-amd64.gz'),
          linux: join(installer(), 'linux'),
        },
      }),
    }),
    steps: [{ shows: 'about to get started' }],
  },
  {
    ...ofShell,
    name: 'Debian 12’s kernel of 32 bits (686-pae) with busybox, to its shell',
    bits: 32,
    medium: (place) => {
      const image = dependency('linux-image-686-pae', 'linux-image-', 'i386');
      const kernel = join(unpacked(image, 'i386', './boot'), 'boot', image.replace('linux-image', 'vmlinuz'));
      return linux(place, kernel, join(unpacked('busybox-static', 'i386', './bin'), 'bin/busybox'));
    },
  },
  {
    ...ofShell,
    name: 'Debian 12’s kernel for clouds with busybox, to its shell',
    bits: 64,
    medium: (place) => linux(place, kernelFile()),
  },
];
