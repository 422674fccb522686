/** Debian's Bochs with a Linux kernel on a disk of its own, and what loads it from there: nobody's boot loader is measured. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parametersOf } from '../../src/board/boot/linux/params.ts';
import { readKernel } from '../../src/board/index.ts';
import { bochsrc, optionRom } from '../emulation/bochs.ts';
import type { Guest } from './guest.ts';

/** Where things lie; the kernel is where it wants to be. Images in its memory may have no more than 128 KiB: memory/misc_mem.cc. */
const Place = { stub: 0x10_0000, parameters: 0x10_1000, commandLine: 0x10_2000, ramdisk: 0x800_0000 } as const;
/** Its BIOS has its ACPI tables at the end: rombios32.c, ACPI_DATA_SIZE. */
const acpiBytes = 0x1_0000;
const mib = 1024 ** 2;
const sectorBytes = 512;
/** Of 16 heads and 63 sectors, which a disk has in whole. */
const cylinderBytes = 16 * 63 * sectorBytes;

/** The command, which sends what the first serial port sends to standard output, beside what Bochs itself says. */
export const bochsLine = (directory: string, { kernel: path, initrd, memoryMib, commandLine }: Guest): readonly string[] => {
  const at = (name: string): string => join(directory, `bochs-${name}`);
  const kernel = readKernel(readFileSync(path));
  if (typeof kernel === 'string') throw new Error(`${path}: ${kernel}`);
  const ramdisk = readFileSync(initrd);
  const end = memoryMib * mib;
  const parameters = parametersOf({
    ...{ kernel, address: kernel.address, commandLineAt: Place.commandLine },
    ramdisk: { begin: Place.ramdisk, end: Place.ramdisk + ramdisk.length },
    ranges: [
      { begin: 0, end: 0x9_f000, kind: 1 },
      { begin: Place.stub, end: end - acpiBytes, kind: 1 },
      { begin: end - acpiBytes, end, kind: 2 },
    ],
  });
  const parts = [kernel.code, ramdisk].map((part) => padded(part, sectorBytes));
  const [kernelSectors = 0, ramdiskSectors = 0] = parts.map(({ length }) => length / sectorBytes);
  writeFileSync(at('disk'), padded(Buffer.concat(parts), cylinderBytes));
  const known = { PARAMETERS: Place.parameters, KERNEL: kernel.address, KERNEL_SECTORS: kernelSectors };
  writeFileSync(at('stub'), stub(directory, { ...known, RAMDISK: Place.ramdisk, RAMDISK_SECTORS: ramdiskSectors }));
  writeFileSync(at('parameters'), Buffer.concat([parameters, Buffer.from(`${commandLine}\0`)]));
  writeFileSync(at('rom'), optionRom(directory));
  writeFileSync(at('rc'), 'continue\n');
  const lines = [
    ...bochsrc({
      ...{ memoryMib, rom: at('rom'), log: at('log') },
      images: [
        [at('stub'), Place.stub],
        [at('parameters'), Place.parameters],
      ],
    }),
    `ata0-master: type=disk, path=${at('disk')}, mode=flat, cylinders=0, heads=16, spt=63`,
    'com1: enabled=1, mode=file, dev=/dev/stdout',
  ];
  writeFileSync(at('bochsrc'), `${lines.join('\n')}\n`);
  // One that was killed leaves its lock; what its output is must be one to open by its name, which a socket isn't.
  return ['bash', '-c', 'rm -f "$0.lock"; exec bochs -q -f "$1" -rc "$2" < /dev/null > >(exec cat)', at('disk'), at('bochsrc'), at('rc')];
};

const padded = (bytes: Uint8Array, unit: number): Buffer => Buffer.concat([bytes, Buffer.alloc((unit - (bytes.length % unit)) % unit)]);

const stub = (directory: string, known: Readonly<Record<string, number>>): Uint8Array => {
  const [object, flat] = ['stub.o', 'stub'].map((name) => join(directory, name)) as [string, string]; // There are two.
  const symbols = Object.entries(known).flatMap(([name, value]) => ['--defsym', `${name}=${value}`]);
  execFileSync('as', ['--32', ...symbols, '-o', object, join(import.meta.dirname, 'linux.S')]);
  const text = `-Ttext=0x${Place.stub.toString(16)}`;
  execFileSync('ld', ['-m', 'elf_i386', text, '--entry=0', '--oformat', 'binary', '-o', flat, object], { stdio: 'pipe' });
  return readFileSync(flat);
};
