/** What a processor has predecoded, in a file: for machines that go on from the same snapshot, by the same isola. */
import { closeSync, fstatSync, openSync, readSync, writeFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import type { Pc } from '../../board/index.ts';
import { mapFile } from '../../host/kernel/libc.ffi.ts';
import { pageBytes } from '../../snapshot/index.ts';
import type { Snapshot } from '../snapshot/index.ts';

/** On the first page. */
interface Header {
  readonly isola: 'code';
  /** Where the records belong in linear memory, and how many bytes they have: whole pages, which come behind the header. */
  readonly at: number;
  readonly records: number;
  /** Numbers of 4 bytes, which come behind these: how many heads, rows, and of each mode what was learned. */
  readonly heads: number;
  readonly rows: number;
  readonly learned: readonly { readonly mode: number; readonly numbers: number }[];
  /** Of all these numbers. */
  readonly crc32: number;
}

/** Keeps what a machine has predecoded of memory that is as it was in the snapshot that it went on from. */
export const keepCode = (path: string, pc: Pc, from: Snapshot): void => {
  const code = pc.emulated?.code;
  if (code === undefined) return;
  const { records, heads, rows, learned } = code.predecoded(sameAs(pc, from));
  const whole = new Uint8Array(Math.ceil(records.length / pageBytes) * pageBytes);
  whole.set(records);
  const numbers = Buffer.concat([heads, rows, ...learned.map((one) => one.numbers)].map(bytesOf));
  const header: Header = {
    ...{ isola: 'code', at: code.recordsAt, records: whole.length, heads: heads.length, rows: rows.length },
    learned: learned.map((one) => ({ mode: one.mode, numbers: one.numbers.length })),
    crc32: crc32(numbers),
  };
  const first = Buffer.alloc(pageBytes);
  first.write(JSON.stringify(header));
  writeFileSync(path, Buffer.concat([first, whole, numbers]));
};

const bytesOf = ({ buffer, byteOffset, byteLength }: Uint32Array | Int32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Whether bytes of a physical page are what they are in a snapshot. */
const sameAs = ({ memory, ram }: Pc, from: Snapshot): ((page: number, offset: number, bytes: number) => boolean) => {
  const there = new Map<number, number>();
  for (const { page, count, at } of from.runs(memory.length / pageBytes))
    for (let one = 0; one < count; one++) there.set(page + one, at + one * pageBytes);
  const saved = Buffer.alloc(pageBytes);
  let last = -1;
  return (page, offset, bytes) => {
    const place = ram.placeOf(page * pageBytes, pageBytes) ?? ram.begin;
    const at = there.get((place - ram.begin) / pageBytes);
    if (at === undefined) return false;
    if (page !== last) from.read(at, saved);
    last = page;
    const begin = place - ram.begin + offset;
    return saved.compare(memory, begin, begin + bytes, offset, offset + bytes) === 0;
  };
};

/**
 * Has a machine that was restored from that snapshot, and has run nothing yet, begin with it. Whether it does: not where there is none, it isn't whole, or it belongs elsewhere. Its records are looked at as
 * little as the interpreter's own code is.
 */
export const beginWithCode = (path: string, { emulated, ram }: Pc): boolean => {
  const code = emulated?.code;
  if (code === undefined) return false;
  const file = openedIf(path);
  if (file === undefined) return false;
  try {
    const header = headerIn(file);
    if (header?.at !== code.recordsAt) return false;
    const learned = header.learned.map((one) => ({ mode: one.mode, numbers: new Int32Array(one.numbers) }));
    const [heads, rows] = [new Uint32Array(header.heads), new Uint32Array(header.rows)];
    const numbers = [heads, rows, ...learned.map((one) => one.numbers)].map(bytesOf);
    let [at, sum] = [pageBytes + header.records, 0];
    if (fstatSync(file).size !== numbers.reduce((end, { length }) => end + length, at)) return false;
    for (const bytes of numbers) {
      fill(file, at, bytes);
      at += bytes.length;
      sum = crc32(bytes, sum);
    }
    if (sum !== header.crc32) return false;
    const records = ram.bytes.subarray(header.at, header.at + header.records);
    mapFile(file, pageBytes, records);
    return code.begin({ records, heads, rows, learned });
  } finally {
    closeSync(file);
  }
};

const openedIf = (path: string): number | undefined => {
  try {
    return openSync(path, 'r');
  } catch {
    return undefined;
  }
};

const headerIn = (file: number): Header | undefined => {
  const page = Buffer.alloc(pageBytes);
  fill(file, 0, page);
  try {
    const header: Header = JSON.parse(page.subarray(0, page.indexOf(0)).toString());
    return header.isola === 'code' ? header : undefined;
  } catch {
    return undefined;
  }
};

const fill = (file: number, at: number, into: Uint8Array): void => {
  for (let from = 0, count = -1; from < into.length && count !== 0; from += count)
    count = readSync(file, into, from, into.length - from, at + from);
};
