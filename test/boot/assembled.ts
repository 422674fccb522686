/** Boot sectors and what follows them, assembled by binutils. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A source beside this file, as it is in memory from 7C00h on. */
export const assembled = (source: string): Uint8Array => {
  const place = mkdtempSync(join(tmpdir(), 'isola-assembled-'));
  try {
    const [object, program] = [join(place, 'object'), join(place, 'program')];
    execFileSync('as', ['--32', '-o', object, join(import.meta.dirname, source)]);
    execFileSync('ld', ['-m', 'elf_i386', '-Ttext=0x7c00', '--oformat', 'binary', '-o', program, object]);
    return new Uint8Array(readFileSync(program));
  } finally {
    rmSync(place, { recursive: true });
  }
};
