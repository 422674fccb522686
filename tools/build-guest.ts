/**
 * Builds what guest/ holds for this machine's processor: static programs, against musl so that they are small. Kept below
 * .isola/guest, and built anew when a source is newer.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { arch } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const directory = join(root, '.isola/guest');
const triplets: Readonly<Record<string, string>> = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' };

const triplet = (): string => {
  const found = triplets[arch()];
  if (found === undefined) throw new Error(`the guest's programs can't be built for ${arch()}`);
  return found;
};

/** musl has no kernel headers of its own, and must not see glibc's beside the distribution's. */
const kernelHeaders = (): string => {
  const headers = join(directory, 'include');
  mkdirSync(headers, { recursive: true });
  for (const [name, target] of [
    ['linux', '/usr/include/linux'],
    ['asm', `/usr/include/${triplet()}/asm`],
    ['asm-generic', '/usr/include/asm-generic'],
  ] as const) {
    if (existsSync(join(headers, name))) continue;
    // It may lead to where the headers were.
    rmSync(join(headers, name), { force: true });
    symlinkSync(placeOf(target), join(headers, name));
  }
  return headers;
};

/** Programs by their folder, with what they are optimized for and further folders they are made of. */
const programs = {
  agent: { optimized: '-Os', more: ['link', 'tar'] },
  relay: { optimized: '-Os', more: ['link'] },
  measure: { optimized: '-O2', more: [] },
  cable: { optimized: '-O2', more: [] },
  pretend: { optimized: '-Os', more: [] },
  usher: { optimized: '-Os', more: [] },
  share: { optimized: '-O2', more: [] },
} as const;
type Program = keyof typeof programs;

/** The sources of a program. */
export const guestSources = (name: Program): readonly string[] => {
  const folders = [name, ...programs[name].more];
  return folders.flatMap((folder) => globSync(`guest/${folder}/*.c`, { cwd: root })).map((file) => join(root, file));
};

const build = (name: Program): string => {
  const program = join(directory, name);
  const files = [...globSync('guest/*/*.{c,h}', { cwd: root }).map((file) => join(root, file)), import.meta.filename];
  const newest = Math.max(...files.map((file) => statSync(file).mtimeMs));
  if ((statSync(program, { throwIfNoEntry: false })?.mtimeMs ?? 0) >= newest) return program;
  const fresh = `${program}.${process.pid}`;
  try {
    compile(name, fresh);
    renameSync(fresh, program);
  } finally {
    rmSync(fresh, { force: true });
  }
  return program;
};

const compile = (name: Program, target: string): void => {
  const flags = ['-std=gnu11', programs[name].optimized, '-static', '-s', '-Wall', '-Wextra', '-Werror', '-idirafter', kernelHeaders()];
  try {
    execFileSync('musl-gcc', [...flags, '-o', target, ...guestSources(name)]);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    compileSmall(name, target);
  }
};

/**
 * By tcc(1), which works wherever it is unpacked, as gcc does not: its programs are half again as large. musl's headers define again what
 * the kernel's do, and equally.
 */
const compileSmall = (name: Program, target: string): void => {
  const own = `/usr/lib/${triplet()}/tcc`;
  const musl = triplet().replace('-gnu', '-musl');
  const part = (file: string): string => placeOf(`/usr/lib/${musl}/${file}`);
  const include = [placeOf(`/usr/include/${musl}`), `${placeOf(own)}/include`, kernelHeaders()].map((directory) => `-I${directory}`);
  const flags = [`-B${placeOf(own)}`, '-nostdinc', '-nostdlib', '-static', '-w', ...include];
  const around = (inner: readonly string[]): readonly string[] => [
    ...[part('crt1.o'), part('crti.o'), ...inner],
    ...[part('libc.a'), `${placeOf(own)}/libtcc1.a`, part('crtn.o')],
  ];
  execFileSync(placeOf('/usr/bin/tcc'), [...flags, '-o', target, ...around(guestSources(name))]);
};

/** Where a Debian package's file is: installed, or unpacked by an ordinary user's set-up. */
const placeOf = (path: string): string => (existsSync(path) ? path : join(root, '.isola/debian', path));

/** The agent's path. Throws what the compiler said. */
export const buildAgent = (): string => build('agent');
/** The path of the relay, which runs on the host. */
export const buildRelay = (): string => build('relay');
/** The path of the measuring program, which works inside environments and beside them. */
export const buildMeasure = (): string => build('measure');

/** The path of what leads processes to their places on the host. */
export const buildUsher = (): string => build('usher');

/** All of them. */
export const buildAll = (): readonly string[] => (Object.keys(programs) as Program[]).map(build);

if (import.meta.main) {
  try {
    console.log(buildAll().join('\n'));
  } catch (error) {
    // The compiler has said what is wrong.
    console.error(error instanceof Error ? error.message.split('\n')[0] : error);
    process.exitCode = 1;
  }
}
