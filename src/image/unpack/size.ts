import { lstatSync, readdirSync } from 'node:fs';

/** Bytes of a tree's files, and how many files, directories and links it has, the root left aside. A file of several names counts once. */
export const sizeOfTree = (root: string): { readonly bytes: number; readonly files: number } => {
  let bytes = 0;
  let files = 0;
  const seen = new Set<number>();
  const pending: Buffer[] = [Buffer.from(root)];
  for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
    for (const entry of readdirSync(directory, { encoding: 'buffer', withFileTypes: true })) {
      const path = Buffer.concat([directory, slash, entry.name]);
      if (entry.isDirectory()) pending.push(path);
      else if (entry.isFile()) {
        const { size, nlink, ino } = lstatSync(path);
        if (nlink > 1 && seen.has(ino)) continue;
        if (nlink > 1) seen.add(ino);
        bytes += size;
      }
      files++;
    }
  }
  return { bytes, files };
};

const slash = Buffer.from('/');
