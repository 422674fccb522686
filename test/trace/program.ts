/** The boot sector that is traced: sector.s, on a disk. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mib } from '../record/stage.ts';

/** What is missing to make it. */
export const whyNoSector = (): string | false =>
  ['as', 'ld'].every((program) => spawnSync(program, ['--version']).status === 0) ? false : 'as and ld are not here';

/** Writes the disk to a path, and something beside it. */
export const sector = (path: string): void => {
  execFileSync('as', ['--32', '-o', `${path}.o`, join(import.meta.dirname, 'sector.s')]);
  execFileSync('ld', ['-m', 'elf_i386', '-Ttext=0x7c00', '--oformat', 'binary', '-o', `${path}.bin`, `${path}.o`]);
  const disk = new Uint8Array(mib);
  disk.set(readFileSync(`${path}.bin`));
  writeFileSync(path, disk);
};
