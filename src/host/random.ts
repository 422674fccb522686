/** What nobody can guess. */
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';

/** By the kernel itself, random(4), where it has that device: to load node:crypto takes 6 ms, which a computer's start needs for nothing else. */
export const randomOf = (count: number): Buffer => {
  let fd: number;
  try {
    fd = openSync('/dev/urandom', 'r');
  } catch {
    return randomBytes(count);
  }
  try {
    const bytes = Buffer.alloc(count);
    for (let read = 0; read < count; ) read += readSync(fd, bytes, read, count - read, null);
    return bytes;
  } finally {
    closeSync(fd);
  }
};
