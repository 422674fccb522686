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

/** musl has no kernel headers of its own, and must not see glibc's beside the distribution's. */
const kernelHeaders = (): string => {
  const triplet = triplets[arch()];
  if (triplet === undefined) throw new Error(`the guest's programs can't be built for ${arch()}`);
  const headers = join(directory, 'include');
  mkdirSync(headers, { recursive: true });
  for (const [name, target] of [
    ['linux', '/usr/include/linux'],
    ['asm', `/usr/include/${triplet}/asm`],
    ['asm-generic', '/usr/include/asm-generic'],
  ] as const) {
    if (!existsSync(join(headers, name))) symlinkSync(target, join(headers, name));
  }
  return headers;
};

/** Programs by their folder, with what they are optimized for and the folder they share, if any. */
const programs = {
  agent: { optimized: '-Os', shared: 'link' },
  relay: { optimized: '-Os', shared: 'link' },
  measure: { optimized: '-O2', shared: null },
  cable: { optimized: '-O2', shared: null },
  pretend: { optimized: '-Os', shared: null },
} as const;
type Program = keyof typeof programs;

/** The sources of a program: its own folder and what it shares with another. */
export const guestSources = (name: Program): readonly string[] => {
  const { shared } = programs[name];
  const folders = [name, ...(shared === null ? [] : [shared])];
  return folders.flatMap((folder) => globSync(`guest/${folder}/*.c`, { cwd: root })).map((file) => join(root, file));
};

const build = (name: Program): string => {
  const program = join(directory, name);
  const files = [...globSync('guest/*/*.{c,h}', { cwd: root }).map((file) => join(root, file)), import.meta.filename];
  const newest = Math.max(...files.map((file) => statSync(file).mtimeMs));
  if ((statSync(program, { throwIfNoEntry: false })?.mtimeMs ?? 0) >= newest) return program;
  const fresh = `${program}.${process.pid}`;
  const flags = ['-std=gnu11', programs[name].optimized, '-static', '-s', '-Wall', '-Wextra', '-Werror', '-idirafter', kernelHeaders()];
  try {
    execFileSync('musl-gcc', [...flags, '-o', fresh, ...guestSources(name)]);
    renameSync(fresh, program);
  } finally {
    rmSync(fresh, { force: true });
  }
  return program;
};

/** The agent's path. Throws what the compiler said. */
export const buildAgent = (): string => build('agent');
/** The path of the relay, which runs on the host. */
export const buildRelay = (): string => build('relay');
/** The path of the measuring program, which works inside environments and beside them. */
export const buildMeasure = (): string => build('measure');

/** All of them. */
export const buildAll = (): readonly string[] => (Object.keys(programs) as Program[]).map(build);

if (import.meta.main) console.log(buildAll().join('\n'));
