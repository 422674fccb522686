/** The guest's memory as devices see it that move data by themselves. */
import type { Ram } from '../cpu/index.ts';
import type { Gpa, Memory } from '../machine/index.ts';

const pageBytes = 4096;

/** Page by page, for neighbours may lie apart. */
export const memoryOf = (ram: Ram): Memory => ({
  sizeBytes: ram.sizeBytes,
  read: (at: Gpa, into: Uint8Array): void => {
    for (const { physical, from, count } of pieces(at, into.length)) {
      const place = ram.placeOf(physical, count);
      if (place === undefined) into.fill(0xff, from, from + count);
      else into.set(ram.bytes.subarray(place, place + count), from);
    }
  },
  write: (at: Gpa, bytes: Uint8Array): void => {
    for (const { physical, from, count } of pieces(at, bytes.length)) {
      const place = ram.placeOf(physical, count, 'write');
      if (place === undefined) continue;
      ram.readers.spoil(physical, count);
      ram.bytes.set(bytes.subarray(from, from + count), place);
    }
  },
});

/** Finds memory that lies in one piece, and forgets what was found out about code there: somebody takes away what is in it. */
export const forgetting =
  (ram: Ram) =>
  (at: Gpa, bytes: number): Uint8Array | undefined => {
    const place = ram.placeOf(at, bytes, 'write');
    if (place === undefined) return undefined;
    for (let page = 0; page < bytes; page += pageBytes) ram.readers.spoil(at + page, pageBytes);
    return ram.bytes.subarray(place, place + bytes);
  };

function* pieces(at: number, bytes: number): Generator<{ readonly physical: number; readonly from: number; readonly count: number }> {
  for (let from = 0; from < bytes; ) {
    const physical = at + from;
    const count = Math.min(bytes - from, pageBytes - (physical % pageBytes));
    yield { physical, from, count };
    from += count;
  }
}
