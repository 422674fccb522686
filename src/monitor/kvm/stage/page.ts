/** Memory of a guest, of which a piece is there: around it nothing is written, and ones are read. */
import type { Gpa, Memory } from '../../../machine/index.ts';

/** `wrote` is told of each write, once it is done: how far from the beginning, and how many bytes. */
export const memoryAt = (at: number, bytes: Uint8Array, wrote: (offset: number, length: number) => void): Memory => {
  const within = (place: Gpa, length: number): boolean => place >= at && place + length <= at + bytes.length;
  return {
    sizeBytes: bytes.length,
    read: (place, into) =>
      void into.set(within(place, into.length) ? bytes.subarray(place - at, place - at + into.length) : into.fill(0xff)),
    write: (place, from) => {
      if (!within(place, from.length)) return;
      bytes.set(from, place - at);
      wrote(place - at, from.length);
    },
  };
};
