/** A guest that boots to a shell and works: Debian's kernel for clouds, busybox, and programs of its own. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { archiveOf } from '../../test/boot/archive.ts';
import { kernelFile } from '../../test/oracle/kernel.ts';

export interface Guest {
  /** Paths. */
  readonly kernel: string;
  readonly initrd: string;
  readonly commandLine: string;
  readonly memoryMib: number;
}

const busybox = '/bin/busybox';
const [program, file, directory, device] = [0o100755, 0o100644, 0o040755, 0o020600];
const dataBytes = 500_000;

/** Makes it in a directory. Throws where busybox can't be found. */
export const makeGuest = (place: string): Guest => {
  if (!existsSync(busybox)) throw new Error('Debian’s package busybox-static has what runs inside; ./isola setup --test gets it');
  const work = join(place, 'work');
  const free = ['-ffreestanding', '-fno-builtin', '-nostdlib', '-static', '-fno-pie', '-no-pie', '-fno-stack-protector'];
  execFileSync('gcc', ['-O2', '-fno-tree-loop-distribute-patterns', ...free, '-o', work, join(import.meta.dirname, 'guest/work.c')]);
  const names = execFileSync(busybox, ['--list'], { encoding: 'utf8' }).trim().split('\n');
  const initrd = join(place, 'initrd.gz');
  writeFileSync(
    initrd,
    archiveOf([
      ...['bin', 'proc', 'sys', 'dev', 'tmp'].map((name) => ({ name, mode: directory })),
      { name: 'bin/busybox', mode: program, data: readFileSync(busybox) },
      ...names.filter((name) => name !== 'busybox').map((name) => ({ name: `bin/${name}`, mode: link, data: Buffer.from(busybox) })),
      { name: 'work', mode: program, data: readFileSync(work) },
      { name: 'init', mode: program, data: readFileSync(join(import.meta.dirname, 'guest/init')) },
      { name: 'data', mode: file, data: text() },
      { name: 'dev/console', mode: device, device: [5, 1] },
    ]),
  );
  return { kernel: kernelFile(), initrd, commandLine: 'console=ttyS0 quiet tsc=reliable', memoryMib: 512 };
};

const link = 0o120777;

/** As compressible as text is, and always the same. */
const text = (): Uint8Array => {
  const words: string[] = [];
  let [random, bytes] = [1, 0];
  while (bytes < dataBytes) {
    random = (Math.imul(random, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    const word = `${random.toString(16).padStart(8, '0')} w${random % 97}\n`;
    words.push(word);
    bytes += word.length;
  }
  return Buffer.from(words.join('')).subarray(0, dataBytes);
};
