/** A qcow2 image, opened. */
import { Unsupported } from '../damage.ts';
import type { Sure, Unpackers } from '../file.ts';
import type { Source } from '../image.ts';
import { Qcow2Disk } from './disk.ts';
import { type Header, readHeader } from './header.ts';
import { readyForWriting } from './repair.ts';
import { snapshotIn } from './snapshots.ts';

export { checkQcow2, type Soundness } from './check.ts';
export { createQcow2, type Qcow2Choice } from './create.ts';
export type { Qcow2Disk } from './disk.ts';

export interface Qcow2Opening {
  readonly isReadOnly: boolean;
  readonly unpack: Unpackers;
  /** What its backing file is. */
  readonly backing: (named: NonNullable<Header['backing']>) => Source;
  /** The id or the name of one, of which the disk is only read. */
  readonly snapshot?: string | undefined;
}

/** Throws Damage or Unsupported. */
export const openQcow2 = (file: Sure, { isReadOnly, unpack, backing, snapshot }: Qcow2Opening): Qcow2Disk => {
  const read = readHeader(file);
  if (snapshot !== undefined) {
    const { l1, sizeBytes } = snapshotIn(file, read, snapshot);
    return new Qcow2Disk({ file, header: read, isReadOnly: true, unpack, backing: read.backing && backing(read.backing), l1, sizeBytes });
  }
  if (!isReadOnly && read.isCorrupt) throw new Unsupported('it says that it is corrupt, so it can only be read');
  const below = read.backing && backing(read.backing);
  const header = isReadOnly ? read : readyForWriting(file, read);
  return new Qcow2Disk({ file, header, isReadOnly, unpack, backing: below, l1: header.l1, sizeBytes: header.sizeBytes });
};
