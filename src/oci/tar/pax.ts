/** Extended headers: IEEE 1003.1, pax, "pax Extended Header"; attributes as star and libarchive write them. */
import { Damage, Unsupported } from '../damage.ts';
import { type ByteText, byteText } from './entry.ts';

/** Values are bytes: attributes hold anything, names any encoding. An empty value deletes what a global header said. */
export type PaxRecords = ReadonlyMap<string, Uint8Array>;

/** Reads `LENGTH KEY=VALUE\n` again and again. Throws Damage, and Unsupported for a sparse file. */
export const readPax = (bytes: Uint8Array, at: number): PaxRecords => {
  const records = new Map<string, Uint8Array>();
  const wrong = (): never => {
    throw new Damage(`the extended header at byte ${at} can't be read`);
  };
  for (let start = 0; start < bytes.length; ) {
    const space = bytes.indexOf(0x20, start);
    if (space < 0 || space - start > 8 || space === start) return wrong();
    const digits = byteText(bytes.subarray(start, space));
    const length = /^[0-9]+$/.test(digits) ? Number(digits) : 0;
    const end = start + length;
    const equals = bytes.indexOf(0x3d, space);
    if (end > bytes.length || equals < 0 || equals >= end || equals === space + 1 || bytes[end - 1] !== 0x0a) return wrong();
    const key = byteText(bytes.subarray(space + 1, equals));
    if (key.startsWith('GNU.sparse.')) throw sparse();
    records.set(key, bytes.slice(equals + 1, end - 1));
    start = end;
  }
  return records;
};

export const sparse = (): Unsupported =>
  new Unsupported('it has a sparse file', 'write the archive again without sparse files (GNU tar: without --sparse)');

/** A name out of a record; undefined where there is none. */
export const paxText = (records: PaxRecords, key: string): ByteText | undefined => {
  const value = records.get(key);
  return value === undefined || value.length === 0 ? undefined : byteText(value);
};

/** A decimal number, fractional where the key allows. */
export const paxNumber = (records: PaxRecords, key: string, form: 'natural' | 'time', at: number): number | undefined => {
  const text = paxText(records, key);
  if (text === undefined) return undefined;
  const sound = form === 'natural' ? /^[0-9]{1,16}$/ : /^-?[0-9]{1,12}(\.[0-9]{0,20})?$/;
  const value = sound.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(value) || Math.abs(value) > Number.MAX_SAFE_INTEGER)
    throw new Damage(`the extended header at byte ${at} has "${text.slice(0, 40)}" for its ${key}`);
  return value;
};

const xattrPrefix = 'SCHILY.xattr.';

/** Extended attributes by name. libarchive writes each a second time in its own form, which is passed over. */
export const paxXattrs = (records: PaxRecords): ReadonlyMap<ByteText, Uint8Array> => {
  const found = new Map<ByteText, Uint8Array>();
  for (const [key, value] of records) if (key.startsWith(xattrPrefix)) found.set(key.slice(xattrPrefix.length), value);
  return found;
};
