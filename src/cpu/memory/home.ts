/** What of linear memory is one processor's own: others have theirs beside it. */
import { Homes } from '../../isa/index.ts';

export interface Home {
  /** Where it begins in linear memory. */
  readonly begin: number;
  /** From there on: registers, translations, jumps. */
  readonly state: DataView;
  /** Where its records are, in linear memory. */
  readonly records: { readonly begin: number; readonly end: number };
}

/**
 * Bytes for records of blocks, of which most computers take a quarter: a boot of Linux predecodes 126,000 blocks in 12 MiB and 90,000 in 32, in the same time. Programs that start
 * others over and over again take all: Python's tests of json predecode 2,200,000 in 12 MiB.
 */
export const usualRecordBytes = 48 * 1024 ** 2;

/** Of the processor with this number, the first of which is 0, where each has so many bytes for records. */
export const homeOf = (linear: ArrayBuffer, number: number, recordBytes: number): Home => {
  const begin = Homes.each * number;
  const records = Homes.end + recordBytes * number;
  return { begin, state: new DataView(linear, begin, Homes.each), records: { begin: records, end: records + recordBytes } };
};
