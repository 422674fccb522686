/** Files of the host, written so that a reader or a crash never sees half of one. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** Replaces a file's contents in one step: a temporary file beside it, renamed over it. `durable`: survives a power cut. */
export const writeWhole = (
  path: string,
  content: string | Uint8Array,
  options: { readonly mode?: number; readonly durable?: boolean } = {},
): void => {
  const temporary = `${path}.${process.pid}.new`;
  const file = openSync(temporary, 'w', options.mode ?? 0o644);
  try {
    try {
      // All of it: one write may be of the part that a full disk had room for.
      writeFileSync(file, content);
      if (options.durable) fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  if (options.durable) syncDirectory(dirname(path));
};

/** Overwrites a file in place, for readers that hold its inode: bind mounts and kernel interfaces. */
export const writeInPlace = (path: string, content: string): void => {
  const file = openSync(path, 'w');
  try {
    writeSync(file, content);
  } finally {
    closeSync(file);
  }
};

/** The contents, or undefined where there is no such file. */
export const readIfThere = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
};

/** Names in a directory; none where there is no such directory. */
export const entriesIn = (path: string): readonly string[] => {
  try {
    return readdirSync(path);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
};

/** With its parents, like mkdir -p. */
export const makeDirectory = (path: string, mode = 0o755): void => {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    if (hasCode(error, 'EEXIST') && statSync(path).isDirectory()) return;
    // Node's own recursion never ends where the parent is there and takes no directory, as /proc (Node 26.10).
    if (!hasCode(error, 'ENOENT') || existsSync(dirname(path))) throw error;
    makeDirectory(dirname(path), mode);
    makeDirectory(path, mode);
  }
};

export const removeTree = (path: string): void => {
  if (existsSync(path)) rmSync(path, { recursive: true, force: true });
};

export const syncDirectory = (path: string): void => {
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
};

/** Whether an error says that a file, directory or process is not there. */
export const isMissing = (error: unknown): boolean => hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR') || hasCode(error, 'ESRCH');

export const hasCode = (error: unknown, code: string): boolean => error instanceof Error && 'code' in error && error.code === code;
