/** Programs of C for what runs inside, which the host runs as well: of 64 bits by its own C library, of 32 by Debian's. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { unpacked } from './packages.ts';

const usual = ['-O1', '-static', '-pthread', '-Wall', '-Wextra', '-Werror'];

/** Of a source beside this file. */
export const compiled = (source: string, bits: 64 | 32, to: string): void => {
  const where = bits === 64 ? [] : where32();
  execFileSync('gcc', [...where, ...usual, '-o', to, join(import.meta.dirname, source), '-lm']);
};

const where32 = (): readonly string[] => {
  const library = join(unpacked('libc6-dev', 'i386', './usr'), 'usr');
  const compiler = join(unpacked('libgcc-12-dev', 'i386', './usr'), 'usr/lib/gcc/i686-linux-gnu/12');
  const places = [join(library, 'lib/i386-linux-gnu'), compiler];
  const headers = ['include/i386-linux-gnu', 'include'].map((path) => join(library, path));
  return [
    '-m32',
    ...headers.flatMap((path) => ['-isystem', path]),
    // What the kernel has for programs is the same for both.
    ...['-idirafter', '/usr/include/x86_64-linux-gnu'],
    ...places.flatMap((path) => ['-B', path, '-L', path]),
  ];
};
