/** A disk that is an image, and what an image is read by. */
import type { Disk } from '../machine/index.ts';
import { Damage, Failing } from './damage.ts';

export interface ImageDisk extends Disk {
  /** What is written is in its file only after a flush. */
  readonly lingers: boolean;
  /** What is there isn't wanted any more: it reads as zeros where it is whole clusters, and may read as before elsewhere. */
  discard(at: number, bytes: number): boolean;
  /** All of it is in its file, which can be closed. */
  close(): boolean;
}

/** Bytes from somewhere in a disk; zeros behind its end. Throws Failing or Damage. */
export interface Source {
  readonly sizeBytes: number;
  readInto(at: number, into: Uint8Array): void;
}

/** Whether it went well: what failed below, or turned out to be broken, is a medium error. */
export const went = (work: () => void): boolean => {
  try {
    work();
    return true;
  } catch (error) {
    if (error instanceof Failing || error instanceof Damage) return false;
    throw error;
  }
};

/** Reads what a shorter source has, and zeros behind its end. */
export const readWithin = (source: Source | undefined, at: number, into: Uint8Array): void => {
  const count = source === undefined ? 0 : Math.max(0, Math.min(into.length, source.sizeBytes - at));
  if (count > 0) source?.readInto(at, into.subarray(0, count));
  into.fill(0, count);
};
