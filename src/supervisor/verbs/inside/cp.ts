import { existsSync, lstatSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join, posix, resolve } from 'node:path';
import type { Input, Result } from '../../../environment/command/index.ts';
import { type Call, type Definition, type Files, Refusal } from '../../../environment/index.ts';
import { packFiles, unpackFile, unpackFiles, unpackTo } from '../../../host/file/tar.ts';
import { TarCounter } from '../../../host/file/tar-counter.ts';
import { inWords } from '../../../host/index.ts';
import type { Bench } from '../../bench.ts';

type Outside = { readonly kind: 'host'; readonly path: string } | { readonly kind: 'stream' };
type Inside = { readonly kind: 'inside'; readonly name: string; readonly path: string };

export const cp = async (bench: Bench, { source, target, archive }: Input<'cp'>, call: Call): Promise<Result<'cp'>> => {
  await bench.lifecycle.repairAll(call);
  const [from, to] = [parseEnd(source), parseEnd(target)];
  const count = new TarCounter((bytes) => {
    call.signal.throwIfAborted();
    call.progress({ stage: 'copying', done: bytes, unit: 'bytes' });
  });
  if (from.kind === 'inside' && to.kind !== 'inside')
    await withFiles(bench, from.name, call, (files) => copyOut(files, from.path, to, archive, count));
  else if (from.kind !== 'inside' && to.kind === 'inside')
    await withFiles(bench, to.name, call, (files) => copyIn(files, from, to.path, archive, count));
  else if (from.kind === 'inside')
    throw new Refusal('usage', ['both ends are in environments', `isola cp ${source} - | isola cp - ${target}`]);
  else throw new Refusal('usage', ['neither end is in an environment', 'write one of them as NAME:/path']);
  return { bytes: count.bytes, files: count.entries };
};

/** A colon after a name makes it a path inside; `./odd:name` is a host path all the same. */
const parseEnd = (text: string): Outside | Inside => {
  if (text === '-') return { kind: 'stream' };
  const match = /^([a-z0-9][a-z0-9-]*):(.*)$/s.exec(text);
  if (!match?.[1]) return { kind: 'host', path: resolve(text) };
  const path = match[2] ?? '';
  if (!path.startsWith('/')) throw new Refusal('malformed-value', ['a path inside', text, `write it absolute: ${match[1]}:/${path}`]);
  return { kind: 'inside', name: match[1], path };
};

/** A stopped environment is woken for the copy, so nobody may start it meanwhile; a running one can be used by others too. */
const withFiles = async (bench: Bench, name: string, call: Call, work: (files: Files) => Promise<void>): Promise<void> => {
  const { registry, lifecycle } = bench;
  const filesOf = (definition: Definition): Files => {
    const { files } = lifecycle.open(definition).can;
    if (files === undefined) throw new Refusal('facet-absent', [definition.spec.technique, 'cp', 'isola exec … tar may do']);
    return files;
  };
  const runs = async (definition: Definition): Promise<boolean> => {
    const { phase } = await lifecycle.open(definition).observe();
    if (phase === 'paused') throw new Refusal('phase', [name, 'paused', 'copied from or to', `isola resume ${name} first`]);
    return phase === 'running';
  };
  const { definition, phase } = registry.get(name);
  if (phase !== 'creating' && (await runs(definition))) return work(filesOf(definition));
  const waited = await lifecycle.on(name, 'cp', call, async (entry) => {
    // Somebody may have started it meanwhile.
    if (await runs(entry.definition)) return true;
    registry.intend(entry.definition.id, 'stop');
    try {
      await work(filesOf(entry.definition));
    } finally {
      registry.reached(entry.definition.id, 'stopped');
    }
    return false;
  });
  if (waited) return work(filesOf(registry.get(name).definition));
  await lifecycle.rest();
};

const copyIn = async (files: Files, from: Outside, path: string, archive: boolean, count: TarCounter): Promise<void> => {
  if (from.kind === 'stream') return files.put(count.through(process.stdin), path);
  const found = statSync(from.path, { throwIfNoEntry: false });
  if (found === undefined && !isLink(from.path)) throw new Refusal('no-such-path', [from.path]);
  const isDirectory = found?.isDirectory() ?? false;
  const there = await files.kind(path);
  // Into a directory that is there, or in the place of what the path names; as cp(1) has it.
  const inside = there === 'directory' || path.endsWith('/') ? posix.join(path, basename(from.path)) : posix.normalize(path);
  if (isDirectory && there === 'file') throw new Refusal('usage', [`${path} is a file, and ${from.path} a directory`, 'name a directory']);
  const fresh = there === null || (there === 'directory' && (await files.kind(inside)) === null);
  try {
    const tar = packFiles(from.path, { as: isDirectory ? '.' : posix.basename(inside), keepOwners: archive });
    await files.put(count.through(tar), isDirectory ? inside : posix.dirname(inside));
  } catch (error) {
    if (fresh) await files.remove(inside);
    throw error;
  }
};

const copyOut = async (files: Files, path: string, to: Outside, archive: boolean, count: TarCounter): Promise<void> => {
  const tar = count.through(files.get(path));
  if (to.kind === 'stream') {
    for await (const chunk of tar) if (!process.stdout.write(chunk)) await new Promise((drained) => process.stdout.once('drain', drained));
    return;
  }
  const isDirectory = (await files.kind(path)) === 'directory';
  const target = placeOf(to.path, posix.basename(path));
  if (!existsSync(dirname(target))) throw new Refusal('no-such-path', [dirname(target), 'make that directory first, or choose another']);
  const there = kindOf(target);
  if (isDirectory && there === 'directory') return unpackFiles(tar, target, { keepOwners: archive });
  if (there === 'directory') throw new Refusal('usage', [`${target} is a directory, and ${path} a file`, 'name a file']);
  if (isDirectory && there !== undefined) throw new Refusal('usage', [`${target} is no directory, but ${path} is one`, 'name a directory']);
  // /dev/stdout, a pipe, a disk: written to, as cp(1) does, and never replaced.
  if (there === 'device') return unpackTo(tar, target);
  // Beside its place first, then renamed: an interrupted copy leaves nothing half there.
  const beside = makeBeside(target);
  try {
    const place = join(beside, 'it');
    mkdirSync(place);
    await (isDirectory ? unpackFiles : unpackFile)(tar, place, { keepOwners: archive });
    renameSync(isDirectory ? place : join(place, posix.basename(path)), target);
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
};

/** In a directory that is there, or in the place of what the path names or leads to; as cp(1) has it. */
const placeOf = (path: string, name: string): string => {
  const place = kindOf(path) === 'directory' ? join(path, name) : path;
  return kindOf(place) === 'file' ? realpathSync(place) : place;
};

const kindOf = (path: string): 'directory' | 'file' | 'device' | undefined => {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return undefined;
  return found.isDirectory() ? 'directory' : found.isFile() ? 'file' : 'device';
};

const makeBeside = (target: string): string => {
  try {
    return mkdtempSync(join(dirname(target), '.isola-cp-'));
  } catch (error) {
    throw new Refusal('path-closed', [target, 'written', inWords(error)], { cause: error });
  }
};

const isLink = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
