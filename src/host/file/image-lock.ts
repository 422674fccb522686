/**
 * Images of disks are held while a computer has them, so that two don't write one: by locked bytes, as QEMU holds them (block/file-posix.c,
 * raw_apply_lock_bytes), so that its computers and isola's are held apart, too.
 */
import { isByteLocked, lockByte } from '../kernel/libc.ffi.ts';

/** A byte for each thing that is done to an image, and one for each that others mustn't do meanwhile. */
const First = { done: 100, forbidden: 200 } as const;
/** QEMU's include/block/block-common.h, BLK_PERM: numbers of the bits. */
const Deed = { read: 0, write: 1, resize: 3 } as const;

/** Until its descriptor is closed. Returns whether nobody else has it in a way that doesn't go with this. */
export const holdImage = (file: number, { isWritten }: { readonly isWritten: boolean }): boolean => {
  const done = isWritten ? [Deed.read, Deed.write] : [Deed.read];
  const forbidden = [Deed.write, Deed.resize];
  try {
    const mine = [...done.map((deed) => First.done + deed), ...forbidden.map((deed) => First.forbidden + deed)];
    const others = [...done.map((deed) => First.forbidden + deed), ...forbidden.map((deed) => First.done + deed)];
    return mine.every((at) => lockByte(file, at)) && !others.some((at) => isByteLocked(file, at));
  } catch (error) {
    if (hasNoLocks(error)) return true;
    throw error;
  }
};

/** Some network file systems, and devices of some drivers. */
const hasNoLocks = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && ['EINVAL', 'ENOLCK', 'EOPNOTSUPP', 'ENOSYS'].includes(String(error.code));
