/**
 * Joins the sources of the command line, with the code V8 made of them, in two files below .isola/joined: `tools/node tools/join/index.ts`.
 * tools/join/start.cjs takes them as long as no source has changed. What is there is always whole: both are written aside, and then
 * an index that names them is renamed into place. Why: docs/decisions/050-joined-sources.md.
 */
import { chownSync, closeSync, fdatasyncSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';
import { type Module, readModule } from './module.ts';
import { called, complete, divide, late, rare, usual } from './packs.ts';

/** What start.cjs reads first. */
export interface Index {
  /** Names the files: ID.js and ID.code. */
  readonly id: string;
  /** Version and architecture of the Node whose code this is. */
  readonly node: string;
  /** Every source that most commands might need, and what makes and starts the join. */
  readonly sources: readonly Source[];
  /** All others, and the modules by which they are reached. */
  readonly rare: { readonly roots: readonly string[]; readonly sources: readonly Source[] };
  readonly packs: readonly Pack[];
}

/** `changedMs` is the ctime, which nobody can set. */
type Source = readonly [path: string, changedMs: number, bytes: number];

/** Modules that are loaded at once: where they lie in the two files, and on which line of the pack each begins. */
interface Pack {
  readonly text: readonly [from: number, bytes: number];
  readonly code: readonly [from: number, bytes: number];
  readonly modules: readonly (readonly [path: string, line: number])[];
}

const makers = ['index.ts', 'module.ts', 'packs.ts', 'start.cjs'].map((name) => `tools/join/${name}`);

/** `home` is the checkout. Returns false where another process is at it. Throws at sources it can't join. */
export const joinSources = (home: string): boolean => {
  const directory = join(home, '.isola/joined');
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  hand(home, directory);
  const mark = join(directory, 'making');
  if (!take(mark)) return false;
  try {
    make(home, directory);
    return true;
  } finally {
    rmSync(mark, { force: true });
  }
};

/** How long another one may take; then it was killed. */
const patienceMs = 10_000;

const take = (mark: string): boolean => {
  if (Date.now() - (statSync(mark, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) > patienceMs) rmSync(mark, { force: true });
  try {
    closeSync(openSync(mark, 'wx'));
    return true;
  } catch {
    return false;
  }
};

const make = (home: string, directory: string): void => {
  const sources: Source[] = [];
  const look = (path: string): void => {
    const { ctimeMs, size } = statSync(join(home, path));
    sources.push([path, ctimeMs, size]);
  };
  for (const path of makers) look(path);
  const packs = divide((path) => {
    // Before it is read: what changes in between is seen later.
    look(path);
    return readModule(home, path, { late, called });
  });
  const id = `${process.pid}-${Date.now()}`;
  const [text, code] = [new Part(join(directory, `${id}.js`)), new Part(join(directory, `${id}.code`))];
  const often = usual(packs);
  const isOften = ([path]: Source): boolean => often.has(path) || makers.includes(path);
  const parted = { sources: sources.filter(isOften), rare: { roots: rare, sources: sources.filter((source) => !isOften(source)) } };
  const index: Index = {
    id,
    node: `${process.version} ${process.arch}`,
    ...parted,
    packs: complete(packs).map((pack) => writePack(pack, text, code)),
  };
  const aside = new Part(join(directory, `${id}.json`));
  aside.append(Buffer.from(JSON.stringify(index)));
  for (const part of [text, code, aside]) part.close();
  hand(home, text.path, code.path, aside.path);
  renameSync(aside.path, join(directory, 'index.json'));
  clear(directory, id);
};

const writePack = (modules: readonly Module[], text: Part, code: Part): Pack => {
  const lines: [string, number][] = [];
  let source = "(function (__define, __made, __late, __later, __outside, __require, __called) { 'use strict';\n";
  let line = 2;
  for (const { path, body } of modules) {
    lines.push([path, line]);
    const definition = `__define(${JSON.stringify(path)}, (__meta) => {${body}});\n`;
    source += definition;
    line += definition.split('\n').length - 1;
  }
  source += '})';
  return { text: text.append(Buffer.from(source, 'latin1')), code: code.append(compile(source)), modules: lines };
};

/** Written with lazy compilation on again: V8 takes code only under the flags it was written under. */
const compile = (source: string): Buffer => compileWhole(source).createCachedData();

/** All functions at once: what the first command happens to call is not what the next one does. */
const compileWhole = (source: string): Script => {
  setFlagsFromString('--no-lazy');
  try {
    return new Script(source);
  } finally {
    setFlagsFromString('--lazy');
  }
};

class Part {
  readonly path: string;
  readonly #fd: number;
  #bytes = 0;

  constructor(path: string) {
    this.path = path;
    this.#fd = openSync(path, 'wx', 0o644);
  }

  append(data: Buffer): readonly [from: number, bytes: number] {
    const from = this.#bytes;
    for (let written = 0; written < data.length; ) written += writeSync(this.#fd, data, written);
    this.#bytes += data.length;
    return [from, data.length];
  }

  /** On the disk before its name is: a machine may lose its power. */
  close(): void {
    fdatasyncSync(this.#fd);
    closeSync(this.#fd);
  }
}

/** What root makes in somebody's checkout is theirs. */
const hand = (home: string, ...paths: readonly string[]): void => {
  const { uid, gid } = statSync(join(home, '.isola'));
  if (process.getuid?.() === 0 && uid !== 0) for (const path of paths) chownSync(path, uid, gid);
};

/** Removes older ones, and what a killed process left: whoever has just read an index opens its files at once. */
const clear = (directory: string, id: string): void => {
  for (const name of readdirSync(directory)) {
    const path = join(directory, name);
    const isOld = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) > patienceMs;
    if (isOld && name !== 'index.json' && !name.startsWith(`${id}.`)) rmSync(path, { force: true });
  }
};

if (import.meta.main && !joinSources(join(import.meta.dirname, '../..'))) console.error('another process is joining them');
