/** What is given with what is to begin, why it can't be put into memory, and how its segments are. */
import type { Ram } from '../../cpu/index.ts';
import type { Segment } from './elf.ts';

export interface Given {
  /** In UTF-8. */
  readonly commandLine: Uint8Array;
  readonly modules: readonly Uint8Array[];
}

export interface Misfit {
  readonly misfit: 'command line' | 'memory' | 'place';
  /** Bytes, of the command line or of memory, that there may be or should be; where it wants to be and there is none. */
  readonly bytes: number;
}

/** Sets a processor where it begins, with what it is told. */
export type Enter = (state: DataView) => void;

/** With zeros behind what the file has. What is there already where one doesn't fit stays changed. */
export const placeSegments = (ram: Ram, segments: readonly Segment[]): Misfit | undefined => {
  const lost = segments.find(({ at, bytes }) => ram.placeOf(at, bytes) === undefined);
  if (lost !== undefined) return { misfit: 'place', bytes: lost.at };
  for (const { at, data, bytes } of segments) {
    ram.write(at, data);
    ram.fill(at + data.length, bytes - data.length);
  }
  return undefined;
};
