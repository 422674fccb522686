/** Writes a computer's snapshot: beside the file that it is to be, and renamed when all of it lasts. */
import { closeSync, fsyncSync, openSync, readFileSync, readSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Pc } from '../../../board/index.ts';
import { Refusal } from '../../../environment/index.ts';
import { entriesIn, inWords, markOf, syncDirectory } from '../../../host/index.ts';
import { begins, type Facts, piecesOf } from '../../../snapshot/index.ts';
import { means } from './means.ts';

/** Its memory is what was in somebody's computer. */
const mode = 0o600;

/**
 * Saves a computer between two runs; it is as it was, and goes on. Throws `path-closed` where the file can't be written, as where the disk is full, or where there is one of something else: then
 * nothing is changed. `isSynced`: it lasts before this returns; else whoever asked for it sees to that.
 */
export const saveSnapshot = (pc: Pc, path: string, facts: Facts, { isSynced = true } = {}): void => {
  refuseOther(path);
  const temporary = `${path}.${process.pid}.new`;
  try {
    removeLeft(path);
    const file = openSync(temporary, 'w', mode);
    try {
      for (const bytes of piecesOf(pc, { facts, by: ownVersion(), made: new Date().toISOString(), means })) writeAll(file, bytes);
      if (isSynced) fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
    if (isSynced) syncDirectory(dirname(path));
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

const writeAll = (file: number, bytes: Uint8Array): void => {
  for (let from = 0; from < bytes.length; ) from += writeSync(file, bytes, from);
};

const ownVersion = (): string => JSON.parse(readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8')).version;
