/** A guest that boots to a shell and works: Debian's kernel for clouds, busybox, and programs of its own. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { archiveOf, type Entry } from '../../test/boot/archive.ts';
import { kernelFile } from '../../test/oracle/kernel.ts';

export interface Guest {
  /** Paths. */
  readonly kernel: string;
  readonly initrd: string;
  readonly commandLine: string;
  readonly memoryMib: number;
}

const busybox = '/bin/busybox';
/** With the kind of file: stat(2). */
export const Mode = { program: 0o100755, file: 0o100644, directory: 0o040755, device: 0o020600, link: 0o120777 } as const;
const dataBytes = 500_000;
const withoutLibrary = ['-ffreestanding', '-fno-builtin', '-nostdlib', '-static', '-fno-pie', '-no-pie', '-fno-stack-protector'];

/** Makes guest/work.c, static and without a library, in so many bits. */
export const compileWork = (path: string, bits: 32 | 64): void => {
  const kind = ['-O2', `-m${bits}`, '-msse2', '-mfpmath=sse', '-fno-tree-loop-distribute-patterns'];
  execFileSync('gcc', [...kind, ...withoutLibrary, '-o', path, join(import.meta.dirname, 'guest/work.c')]);
};

/** A first root file system: busybox with its links, directories of a system, and what else is given. Throws where busybox can't be found. */
export const busyboxArchive = (files: readonly Entry[], program = busybox): Uint8Array => {
  if (!existsSync(busybox)) throw new Error('Debian’s package busybox-static has what runs inside; ./isola setup --test gets it');
  const names = execFileSync(busybox, ['--list'], { encoding: 'utf8' }).trim().split('\n');
  return archiveOf([
    ...['bin', 'proc', 'sys', 'dev', 'tmp'].map((name) => ({ name, mode: Mode.directory })),
    { name: 'bin/busybox', mode: Mode.program, data: readFileSync(program) },
    ...names.filter((name) => name !== 'busybox').map((name) => ({ name: `bin/${name}`, mode: Mode.link, data: Buffer.from(busybox) })),
    { name: 'dev/console', mode: Mode.device, device: [5, 1] },
    ...files,
  ]);
};

/** Makes it in a directory. Throws where busybox can't be found. */
export const makeGuest = (place: string): Guest => {
  const [work, initrd] = [join(place, 'work'), join(place, 'initrd.gz')];
  compileWork(work, 64);
  const own = [
    { name: 'work', mode: Mode.program, data: readFileSync(work) },
    { name: 'init', mode: Mode.program, data: readFileSync(join(import.meta.dirname, 'guest/init')) },
    { name: 'data', mode: Mode.file, data: textOf(dataBytes) },
  ];
  writeFileSync(initrd, busyboxArchive(own));
  return { kernel: kernelFile(), initrd, commandLine: 'console=ttyS0 quiet tsc=reliable', memoryMib: 512 };
};

/** As compressible as text is, and always the same. */
export const textOf = (length: number): Uint8Array => {
  const words: string[] = [];
  let [random, bytes] = [1, 0];
  while (bytes < length) {
    random = (Math.imul(random, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    const word = `${random.toString(16).padStart(8, '0')} w${random % 97}\n`;
    words.push(word);
    bytes += word.length;
  }
  return Buffer.from(words.join('')).subarray(0, length);
};
