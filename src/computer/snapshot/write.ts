/** Writes a computer's snapshot: beside the file that it is to be, and renamed when all of it lasts. */
import { closeSync, fsyncSync, openSync, readFileSync, readSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import type { Pc } from '../../board/index.ts';
import { type Abort, Refusal } from '../../environment/index.ts';
import { entriesIn, inWords, markOf, syncDirectory } from '../../host/index.ts';
import { begins, type Facts, piecesOf, type Writing } from '../../snapshot/index.ts';
import type { Capture } from './capture.ts';
import { means } from './means.ts';

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
      for (const bytes of piecesOf(pc, writingOf(facts))) writeAll(file, bytes);
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

/** For so long it works before others have their turn, and so much is written at once. */
const [sliceMs, stagedBytes] = [4, 4 * 1024 ** 2] as const;

/** Saves what was captured, while its computer goes on. Throws as `saveSnapshot` does. Whoever asks for it sees to it that it lasts. */
export const saveCapture = async (capture: Capture, path: string, facts: Facts, signal: AbortSignal): Promise<void> => {
  refuseOther(path);
  const temporary = `${path}.${process.pid}.new`;
  try {
    removeLeft(path);
    const file = await open(temporary, 'w', mode);
    try {
      await writeBySlices(file, capture.pieces(writingOf(facts)), signal);
    } finally {
      await file.close();
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new Refusal('path-closed', [path, 'written', inWords(error)], { cause: error });
  }
};

/** All that is done there, while others have their turns. Returns what it does. Throws the signal's reason where it is given up. */
export const bySlices = async <T>(work: Generator<unknown, T>, signal: Abort): Promise<T> => {
  for (let since = performance.now(); ; ) {
    const { done, value } = work.next();
    if (done === true) return value;
    if (performance.now() - since < sliceMs) continue;
    await turn();
    signal.throwIfAborted();
    since = performance.now();
  }
};

const writeBySlices = async (file: FileHandle, pieces: Iterable<Uint8Array>, signal: AbortSignal): Promise<void> => {
  const staged = Buffer.allocUnsafeSlow(stagedBytes);
  let [length, since] = [0, performance.now()];
  const write = async (): Promise<void> => {
    for (let from = 0; from < length; ) from += (await file.write(staged, from, length - from)).bytesWritten;
    await turn(undefined, { signal });
    [length, since] = [0, performance.now()];
  };
  for (const piece of pieces) {
    for (let from = 0; from < piece.length; ) {
      const part = piece.subarray(from, from + staged.length - length);
      staged.set(part, length);
      length += part.length;
      from += part.length;
      if (length === staged.length) await write();
    }
    if (performance.now() - since > sliceMs) await write();
  }
  await write();
};

const writingOf = (facts: Facts): Writing => ({ facts, by: ownVersion(), made: new Date().toISOString(), means });

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

const ownVersion = (): string => JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')).version;
