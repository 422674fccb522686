/** Writes a computer's snapshot: beside the file that it is to be, and renamed when all of it lasts. */
import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, readSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Pc } from '../../../board/index.ts';
import { Refusal } from '../../../environment/index.ts';
import { entriesIn, inWords, markOf, syncDirectory } from '../../../host/index.ts';
import { type Facts, type Header, pageBytes, snapshotVersion } from './header.ts';
import { bytesOf, runsIn, tableOf } from './pages.ts';

export const begins = '{"isola":"snapshot"';
/** Its memory is what was in somebody's computer. */
const mode = 0o600;

/**
 * Saves a computer between two runs; it is as it was, and goes on. Throws `path-closed` where the file can't be written, as where the disk is full, or where there is one of something else: then
 * nothing is changed.
 */
export const saveSnapshot = (pc: Pc, path: string, facts: Facts): void => {
  refuseOther(path);
  const temporary = `${path}.${process.pid}.new`;
  try {
    removeLeft(path);
    const file = openSync(temporary, 'w', mode);
    try {
      for (const bytes of piecesOf(pc, facts)) writeAll(file, bytes);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
    syncDirectory(dirname(path));
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new Refusal('path-closed', [path, 'written', inWords(error)], { cause: error });
  }
};

/** A disk's image given by mistake stays what it is. */
const refuseOther = (path: string): void => {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined || isSnapshot(path)) return;
  throw new Refusal('path-closed', [path, 'written', `there is ${found.isDirectory() ? 'a directory' : 'a file that is no snapshot'}`]);
};

const isSnapshot = (path: string): boolean => {
  try {
    const file = openSync(path, 'r');
    try {
      const start = Buffer.alloc(begins.length);
      return readSync(file, start) === start.length && start.toString('latin1') === begins;
    } finally {
      closeSync(file);
    }
  } catch {
    // Who may not read it can't know.
    return false;
  }
};

/** What one that was killed was writing. */
const removeLeft = (path: string): void => {
  const [directory, name] = [dirname(path), basename(path)];
  for (const entry of entriesIn(directory)) {
    const [, pid] = entry.startsWith(`${name}.`) ? (/^\.(\d+)\.new$/.exec(entry.slice(name.length)) ?? []) : [];
    if (pid !== undefined && markOf(Number(pid)) === undefined) rmSync(join(directory, entry), { force: true });
  }
};

function* piecesOf(pc: Pc, facts: Facts): Generator<Uint8Array> {
  const { at, parts } = pc.save();
  const { memory } = pc;
  const runs = runsIn(memory);
  const table = tableOf(runs);
  const header: Header = {
    ...{ isola: 'snapshot', version: snapshotVersion, by: ownVersion(), made: new Date().toISOString(), at: `${at}`, base: null },
    ...facts,
    parts: parts.map(({ name, shape, bytes }) => ({ name, shape: digestOf(shape), bytes: bytes.length, sha256: digestOf(bytes) })),
    memory: {
      areas: pc.ram.areas.map(({ bytes }) => bytes),
      ...{ runs: runs.length, sha256: digestOf(table), pages: runs.reduce((sum, { count }) => sum + count, 0) },
    },
  };
  const line = JSON.stringify(header);
  const head = Buffer.from(`${line}\n${JSON.stringify({ sha256: digestOf(line) })}\n`);
  yield head;
  yield Buffer.alloc(toWhole(head.length), ' ');
  let length = 0;
  for (const bytes of [...parts.map((part) => part.bytes), table]) {
    yield bytes;
    length += bytes.length;
  }
  yield Buffer.alloc(toWhole(length));
  for (const run of runs) yield bytesOf(memory, run);
}

/** As many as are missing to whole pages. */
export const toWhole = (length: number): number => (pageBytes - (length % pageBytes)) % pageBytes;

export const digestOf = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');

const writeAll = (file: number, bytes: Uint8Array): void => {
  for (let from = 0; from < bytes.length; ) from += writeSync(file, bytes, from);
};

const ownVersion = (): string => JSON.parse(readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8')).version;
