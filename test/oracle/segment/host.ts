/** Cases of segments on the host's processor, through segments.c. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programOf } from '../built.ts';
import { type Case, codeBytes } from './cases.ts';
import { type Entry, encodeEntries } from './table.ts';

export interface Result {
  /** eax to edi. */
  readonly registers: readonly number[];
  readonly flags: number;
  readonly rip: number;
  readonly trap: number;
  readonly error: number;
  /** cs, ss, ds, es, gs. */
  readonly selectors: readonly number[];
  /** Of the data. */
  readonly sum: number;
}

const caseBytes = codeBytes + 4 * 13;
const resultBytes = 4 * 13 + 8 + 4;

export const runOnHost = (table: readonly Entry[], cases: readonly Case[]): readonly Result[] => {
  const work = mkdtempSync(join(tmpdir(), 'isola-segments-'));
  try {
    const [entries, given, results] = ['entries', 'cases', 'results'].map((name) => join(work, name)) as [string, string, string];
    writeFileSync(entries, encodeEntries(table));
    writeFileSync(given, encode(cases));
    execFileSync(programOf(join(import.meta.dirname, 'segments.c')), [entries, given, results]);
    return decode(readFileSync(results), cases.length);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
};

const encode = (cases: readonly Case[]): Uint8Array => {
  const bytes = new Uint8Array(cases.length * caseBytes);
  const view = new DataView(bytes.buffer);
  for (const [index, { code, at: place, registers, flags, selector, offset, seed }] of cases.entries()) {
    const at = index * caseBytes;
    bytes.set(code, at);
    for (const [number, word] of [...registers, flags, selector, offset, seed, place].entries())
      view.setUint32(at + codeBytes + 4 * number, word, true);
  }
  return bytes;
};

const decode = (bytes: Uint8Array, count: number): readonly Result[] => {
  if (bytes.length !== count * resultBytes) throw new Error(`${bytes.length / resultBytes} results of ${count} cases`);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return Array.from({ length: count }, (_, index) => {
    const at = index * resultBytes;
    const word = (number: number): number => view.getUint32(at + 4 * number, true);
    return {
      registers: Array.from({ length: 8 }, (_unused, number) => word(number)),
      ...{ flags: word(8), rip: word(9), trap: word(11), error: word(12) },
      selectors: [word(10), ...[0, 2, 4, 6].map((offset) => view.getUint16(at + 52 + offset, true))],
      sum: word(15),
    };
  });
};
