/** A store of its own for a test, in a directory that goes with it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Call, Digest, ImageStore, Progress } from '../../src/environment/index.ts';
import { Database, Locks, lockSchema } from '../../src/host/index.ts';
import { imageSchema, openImageStore } from '../../src/image/index.ts';

export interface TestStore extends Disposable {
  readonly directory: string;
  readonly images: string;
  readonly db: Database;
  readonly locks: Locks;
  readonly store: ImageStore;
  /** Which environments use which image. */
  readonly users: Map<Digest, readonly string[]>;
}

/** `directory`: where another process keeps the same store; a fresh one otherwise. */
export const openTestStore = (directory = mkdtempSync(`${tmpdir()}/isola-image-`)): TestStore => {
  const db = new Database(`${directory}/db`, [lockSchema, imageSchema]);
  const locks = new Locks(db);
  const users = new Map<Digest, readonly string[]>();
  const images = `${directory}/images`;
  return {
    ...{ directory, images, db, locks, users },
    store: openImageStore({ directory: images, db, locks, programs: join(import.meta.dirname, '../../.isola/guest'), usedBy: () => users }),
    [Symbol.dispose]() {
      db[Symbol.dispose]();
      rmSync(directory, { recursive: true, force: true });
    },
  };
};

export interface TestCall extends Call {
  readonly said: string[];
  readonly told: Progress[];
}

/** A call that remembers what it was told. */
export const testCall = (signal: AbortSignal = new AbortController().signal): TestCall => {
  const said: string[] = [];
  const told: Progress[] = [];
  return { signal, said, told, say: (sentence) => void said.push(sentence), progress: (progress) => void told.push(progress) };
};

/** For assert.rejects and assert.throws: a Refusal with this code, and this in its sentence or remedy. */
export const refusal =
  (code: string, text: RegExp = /./) =>
  (error: unknown): boolean => {
    const { name, message, remedy } = error as { name?: string; message?: string; remedy?: string };
    const fits = name === 'Refusal' && (error as { code?: string }).code === code && text.test(`${message}; ${remedy}`);
    if (!fits) throw error;
    return true;
  };

/** What tests of unpacking, building and pulling need. */
export const notRoot: string | false = process.getuid?.() === 0 ? false : 'only root may set owners';
