/** The same work for everybody: a guest of 64 bits, one of 32, and a directory for the host. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { dependency, unpacked } from '../../test/boot/packages.ts';
import { kernelFile } from '../../test/oracle/kernel.ts';
import { busyboxArchive, compileWork, type Guest, Mode, textOf } from '../boot/guest.ts';
import type { Piece } from './pieces.ts';

const dataBytes = 2_000_000;
const own = (name: string): Uint8Array => readFileSync(join(import.meta.dirname, 'guest', name));

type Files = Readonly<Record<string, { readonly mode: number; readonly data: Uint8Array }>>;

const filesOf = (place: string, bits: 32 | 64): Files => {
  const work = join(place, `work-${bits}`);
  compileWork(work, bits);
  const data = textOf(dataBytes);
  return {
    work: { mode: Mode.program, data: readFileSync(work) },
    pieces: { mode: Mode.program, data: own('pieces') },
    data: { mode: Mode.file, data },
    'data.gz': { mode: Mode.file, data: gzipSync(data) },
  };
};

/** Debian's kernel for clouds, or its 686-pae with a busybox of 32 bits: these are fetched once. Throws where they can't be. */
export const makeGuest = (place: string, bits: 32 | 64, pieces: readonly Piece[]): Guest => {
  const order = Buffer.from(pieces.map(({ name, count }) => `${name} ${count}\n`).join(''));
  const files = { ...filesOf(place, bits), init: { mode: Mode.program, data: own('init') }, order: { mode: Mode.file, data: order } };
  const entries = Object.entries(files).map(([name, { mode, data }]) => ({ name, mode, data }));
  const initrd = join(place, `initrd-${bits}.gz`);
  const busybox = bits === 64 ? undefined : join(unpacked('busybox-static', 'i386', './bin'), 'bin/busybox');
  writeFileSync(initrd, busyboxArchive(entries, busybox));
  return {
    kernel: bits === 64 ? kernelFile() : kernelOf32Bits(),
    initrd,
    commandLine: 'console=ttyS0 quiet tsc=reliable',
    memoryMib: 512,
  };
};

const kernelOf32Bits = (): string => {
  const image = dependency('linux-image-686-pae', 'linux-image-', 'i386');
  return join(unpacked(image, 'i386', './boot'), 'boot', image.replace('linux-image', 'vmlinuz'));
};

/** The path of `pieces` among what it works with. */
export const makeHosted = (place: string): string => {
  const directory = join(place, 'hosted');
  mkdirSync(directory, { recursive: true });
  for (const [name, { mode, data }] of Object.entries(filesOf(place, 64)))
    writeFileSync(join(directory, name), data, { mode: mode & 0o777 });
  return join(directory, 'pieces');
};
