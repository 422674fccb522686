/**
 * The interpreter, derived ahead of time and kept under a digest of the sources it is made of, so that one of other sources is not found, and is
 * removed. What is there is always whole: it is written aside and renamed, with its checksum before it.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import { markOf, writeWhole } from '../../host/index.ts';
import { type Interpreter, interpreterOfKept, type Kept, keptOf } from '../../isa/index.ts';
import * as derivation from './derived.ts';
import { rememberedSources, rememberSources } from './remembered.ts';
import * as reading from './sources.ts';

/** A package brings it along; a checkout makes it. */
const [packed = '', made = ''] = ['programs/interpreter', '.isola/interpreter'].map((path) =>
  fileURLToPath(new URL(`../../../${path}`, import.meta.url)),
);
const checkBytes = 4;

export interface Ready extends Kept {
  /** Where it is kept; undefined where it can't be. */
  readonly path: string | undefined;
}

/** The interpreter of all instructions: as it is kept, or derived and kept where it isn't; only derived where it can't be written. */
export const readyInterpreter = (directory = existsSync(packed) ? packed : made): Ready => {
  const beside = `${directory}.sources`;
  const remembered = rememberedSources(beside);
  const sources = remembered ?? reading.readSources();
  if (remembered === undefined) rememberSources(beside, sources);
  const path = join(directory, sources.digest);
  const kept = read(path);
  if (kept !== undefined) {
    const { table, interpreter } = interpreterOfKept(kept);
    return { table, interpreter: givenOnce(interpreter, () => anew(path)), path };
  }
  const found = derivation.derived();
  if (!keep(directory, path, found.interpreter)) return { ...found, path: undefined };
  return { table: found.table, interpreter: givenOnce(found.interpreter, () => anew(path)), path };
};

/** Its bytes are for the first processor's module, and are nobody's then: 4 MiB that whoever wants them once more has made once more. */
const givenOnce = (interpreter: Interpreter, again: () => Interpreter): Interpreter => {
  const { handlers, numberOf } = interpreter;
  let held: Interpreter | undefined = interpreter;
  const whole = (): Interpreter => held ?? again();
  return {
    ...{ handlers, numberOf },
    get bytes() {
      const { bytes } = whole();
      held = undefined;
      return bytes;
    },
    get bodies() {
      return whole().bodies;
    },
    get homes() {
      return whole().homes;
    },
  };
};

/** As it was, though its file may be gone. */
const anew = (path: string): Interpreter => {
  const kept = read(path);
  return kept === undefined ? derivation.derived().interpreter : interpreterOfKept(kept).interpreter;
};

const keep = (directory: string, path: string, interpreter: Interpreter): boolean => {
  try {
    mkdirSync(directory, { recursive: true });
    const kept = keptOf(interpreter);
    writeWhole(path, Buffer.concat([checkOf(kept), kept]), { durable: true });
    clean(directory, path);
    return true;
  } catch (error) {
    if (unwritable.has((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
};

/** It is another user's, or there is no room. */
const unwritable: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT']);

/** Undefined where there is none, or one that isn't what was written. */
const read = (path: string): Uint8Array<ArrayBuffer> | undefined => {
  let file: Uint8Array<ArrayBuffer>;
  try {
    file = readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const kept = new Uint8Array(file.buffer, file.byteOffset + Math.min(checkBytes, file.length), Math.max(file.length - checkBytes, 0));
  return checkOf(kept).equals(file.subarray(0, checkBytes)) ? kept : undefined;
};

/** Removes those of other sources, and what one that was killed was writing; others may be at it. */
const clean = (directory: string, path: string): void => {
  for (const name of readdirSync(directory)) {
    const [, writer] = name.split('.');
    const isWritten = writer !== undefined && markOf(Number(writer)) !== undefined;
    if (join(directory, name) !== path && !isWritten) rmSync(join(directory, name), { force: true });
  }
};

/** CRC-32: of what a disk lost; nobody else writes there. */
const checkOf = (bytes: Uint8Array): Buffer => {
  const check = Buffer.alloc(checkBytes);
  check.writeUInt32LE(crc32(bytes));
  return check;
};
