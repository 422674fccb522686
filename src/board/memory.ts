/** The guest's memory as devices see it that move data by themselves. */
import type { Ram } from '../cpu/index.ts';
import type { Gpa, Memory } from '../machine/index.ts';

const pageBytes = 4096;

/** At once where it lies in one piece; else page by page, for neighbours may lie apart. */
export const memoryOf = (ram: Ram): Memory => {
  const read = (into: Uint8Array, place: number | undefined): void => {
    if (place === undefined) into.fill(0xff);
    else into.set(ram.bytes.subarray(place, place + into.length));
  };
  const write = (at: number, bytes: Uint8Array, place: number | undefined): void => {
    if (place === undefined) return;
    spoil(ram, at, bytes.length);
    ram.bytes.set(bytes, place);
  };
  return {
    sizeBytes: ram.sizeBytes,
    read: (at: Gpa, into: Uint8Array): void => {
      const place = ram.placeAlone(at, into.length, 'read');
      if (place !== undefined) read(into, place);
      else byPage(at, into, (at, some) => read(some, ram.placeOf(at, some.length)));
    },
    write: (at: Gpa, bytes: Uint8Array): void => {
      const place = ram.placeAlone(at, bytes.length, 'write');
      if (place !== undefined) write(at, bytes, place);
      else byPage(at, bytes, (at, some) => write(at, some, ram.placeOf(at, some.length, 'write')));
    },
  };
};

/** Memory itself, where it lies in one piece; where it is to be written what was found out about code there is forgotten. */
export const pieceOf =
  (ram: Ram) =>
  (at: number, bytes: number, access: 'read' | 'write'): Uint8Array | undefined => {
    const place = ram.placeAlone(at, bytes, access);
    if (place === undefined) return undefined;
    if (access === 'write') spoil(ram, at, bytes);
    return ram.bytes.subarray(place, place + bytes);
  };

/** Finds memory that lies in one piece, and forgets what was found out about code there: somebody takes away what is in it. */
export const forgetting =
  (ram: Ram) =>
  (at: Gpa, bytes: number): Uint8Array | undefined => {
    const place = ram.placeOf(at, bytes, 'write');
    if (place === undefined) return undefined;
    for (let page = 0; page < bytes; page += pageBytes) ram.readers.spoil(at + page, pageBytes);
    return ram.bytes.subarray(place, place + bytes);
  };

const byPage = (at: number, bytes: Uint8Array, one: (at: number, some: Uint8Array) => void): void => {
  for (let from = 0; from < bytes.length; ) {
    const end = Math.min(from + leftOf(at + from), bytes.length);
    one(at + from, bytes.subarray(from, end));
    from = end;
  }
};

/** What was found out about code there is forgotten. */
const spoil = (ram: Ram, at: number, bytes: number): void => {
  for (let from = 0; from < bytes; from += leftOf(at + from)) ram.readers.spoil(at + from, Math.min(leftOf(at + from), bytes - from));
};

/** Bytes to the end of the page. */
const leftOf = (at: number): number => pageBytes - (at % pageBytes);
