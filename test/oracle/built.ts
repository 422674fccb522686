/** Programs of C that run instructions on the host's processor. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';

const options = ['-std=gnu11', '-O2', '-static-pie', '-fPIE', '-Wall', '-Wextra', '-Werror'];

/** Path of the program, built when it is older than its source. Independent of its position: it is loaded high up, where no address by chance is. */
export const programOf = (source: string): string => {
  const directory = join(import.meta.dirname, '../../.isola/oracle');
  const built = join(directory, basename(source, '.c'));
  if (existsSync(built) && statSync(built).mtimeMs >= statSync(source).mtimeMs) return built;
  mkdirSync(directory, { recursive: true });
  execFileSync('musl-gcc', [...options, '-o', `${built}.${process.pid}`, source]);
  renameSync(`${built}.${process.pid}`, built);
  return built;
};
