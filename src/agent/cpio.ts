/** Archives that a kernel unpacks into its first file system: cpio in the `newc` format, kernel.org, buffer-format.rst. */
import { utf8Bytes } from './utf8.ts';

export interface MachineFile {
  /** Without a slash in front. */
  readonly path: string;
  /** Permissions. */
  readonly mode: number;
  readonly bytes: Uint8Array;
}

const regular = 0o100_000;
const folder = 0o040_000;

/** Folders are made as they are needed. Several archives in a row are one. */
export const cpio = (files: readonly MachineFile[]): Uint8Array => {
  const parts: Uint8Array[] = [];
  const made = new Set<string>();
  for (const { path, mode, bytes } of files) {
    for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      const parent = path.slice(0, slash);
      if (!made.has(parent)) parts.push(...entry(parent, folder | 0o755, new Uint8Array()));
      made.add(parent);
    }
    parts.push(...entry(path, regular | mode, bytes));
  }
  parts.push(...entry('TRAILER!!!', 0, new Uint8Array()));
  return joined(parts);
};

const entry = (path: string, mode: number, bytes: Uint8Array): readonly Uint8Array[] => {
  const name = utf8Bytes(`${path}\0`);
  // Inode, mode, owner, group, links, time, size, four device numbers, length of the name, checksum.
  const numbers = [0, mode, 0, 0, 1, 0, bytes.length, 0, 0, 0, 0, name.length, 0];
  const header = utf8Bytes(`070701${numbers.map((number) => number.toString(16).padStart(8, '0')).join('')}`);
  return [header, name, padding(header.length + name.length), bytes, padding(bytes.length)];
};

const padding = (length: number): Uint8Array => new Uint8Array((4 - (length % 4)) % 4);

const joined = (parts: readonly Uint8Array[]): Uint8Array => {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
};
