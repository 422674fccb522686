/** Tar streams of host files, by GNU tar: packing what leaves the host, unpacking what comes to it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Refusal } from '../../environment/index.ts';
import { howItEnded } from '../program/run.ts';
import { spawned } from '../program/spawn.ts';
import { hasCode } from './files.ts';
import { inWords } from './system-error.ts';
import { fileHeader, tarOfFile } from './tar-file.ts';
import { takeFirstFile } from './tar-first.ts';

/** tar(1) reads and writes so many blocks at a time; its usual twenty are six times as many system calls. */
const blocking = '--blocking-factor=128';

interface PackOptions {
  /** `.` packs a directory's contents; anything else is the name a single file gets. */
  readonly as: string;
  /** Owners as on the host; otherwise root. */
  readonly keepOwners: boolean;
}

export async function* packFiles(path: string, options: PackOptions): AsyncGenerator<Uint8Array> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  const header = found?.isFile() ? fileHeader(found, options) : undefined;
  if (found === undefined || header === undefined) yield* packTree(path, options);
  else yield* tarOfFile(path, header, found.size);
}

async function* packTree(path: string, { as, keepOwners }: PackOptions): AsyncGenerator<Uint8Array> {
  const owners = keepOwners ? ['--numeric-owner'] : ['--owner=0', '--group=0', '--numeric-owner'];
  const what = as === '.' ? ['-C', path, '.'] : ['-C', dirname(path), renaming(as), '--', basename(path)];
  const child = spawn('tar', ['--create', '--file=-', blocking, '--format=gnu', ...owners, ...what], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const complaint = collect(child.stderr);
  const end = once(child, 'close');
  await spawned('tar', child);
  try {
    yield* child.stdout;
    const [code, signal] = await end;
    if (code !== 0) throw new Refusal('host-command-failed', [`packing ${path}`, howItEnded(code, signal, await complaint)]);
  } finally {
    child.kill('SIGKILL');
  }
}

/**
 * Unpacks into a directory that is there. The archive may come from a hostile environment: tar(1) keeps names with `..`, absolute ones
 * and links that lead out from writing elsewhere; what it may not do, unless owners are kept, is make devices, or files that
 * run with the rights of their new owner.
 */
export const unpackFiles = async (
  tar: AsyncIterable<Uint8Array>,
  directory: string,
  { keepOwners }: { readonly keepOwners: boolean },
): Promise<void> => {
  const line = ['tar', '--extract', '--file=-', blocking, '-C', directory];
  const [program = '', ...args] = keepOwners
    ? [...line, '--preserve-permissions', '--same-owner', '--numeric-owner']
    : [...withoutDevices, ...line, '--no-same-permissions', '--no-same-owner'];
  await feed(tar, program, args, 'ignore', directory);
};

/** The same into an empty directory, of an archive that probably holds one file. */
export const unpackFile = async (
  tar: AsyncIterable<Uint8Array>,
  directory: string,
  options: { readonly keepOwners: boolean },
): Promise<void> => {
  const rest = await takeFirstFile(tar, directory, options);
  if (rest !== undefined) await unpackFiles(rest, directory, options);
};

/** Writes the contents of the archive's file to what is no file: a device, a pipe, standard output. Throws `path-closed`. */
export const unpackTo = async (tar: AsyncIterable<Uint8Array>, target: string): Promise<void> => {
  const file = await open(target, 'w').catch((error) => {
    throw new Refusal('path-closed', [target, 'written', inWords(error)], { cause: error });
  });
  try {
    await feed(tar, 'tar', ['--extract', '--to-stdout', '--file=-'], file.fd, target);
  } finally {
    await file.close();
  }
};

const feed = async (
  tar: AsyncIterable<Uint8Array>,
  program: string,
  args: readonly string[],
  output: number | 'ignore',
  target: string,
): Promise<void> => {
  // Out of reach of the terminal's Ctrl-C: who feeds it decides when it ends.
  const child = spawn(program, args, { stdio: ['pipe', output, 'pipe'], detached: true });
  if (child.stdin === null || child.stderr === null) throw new Error(`${program} has no pipes`);
  const complaint = collect(child.stderr);
  const end = once(child, 'close');
  await spawned(program, child);
  try {
    await pipeline(Readable.from(tar, { objectMode: false }), child.stdin);
  } catch (error) {
    child.kill('SIGKILL');
    await end;
    if (!hasCode(error, 'EPIPE') && !hasCode(error, 'ERR_STREAM_PREMATURE_CLOSE')) throw error;
  }
  const [code, signal] = await end;
  if (code !== 0) throw new Refusal('host-command-failed', [`unpacking to ${target}`, howItEnded(code, signal, await complaint)]);
};

/** Without permission bits kept, tar(1) takes only read, write and execute, and of those what the umask leaves. */
const withoutDevices = ['setpriv', '--bounding-set=-mknod', '--', 'sh', '-c', 'umask 0; exec "$@"', 'sh'];

/** tar(1) renames by a sed expression; in its replacement `\`, `&` and the separator mean something. */
const renaming = (name: string): string => `--transform=flags=r;s/.*/${name.replace(/[\\&/]/g, '\\$&')}/`;

/** What tar(1) complains of, without its closing line, which says only that it did. */
const collect = async (stream: NodeJS.ReadableStream): Promise<string> => {
  let text = '';
  for await (const chunk of stream) text += chunk.toString();
  return text.replace(/^tar: Exiting with failure status.*\n?/m, '');
};
