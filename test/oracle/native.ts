/** Runs single instructions on the host's processor, through native.c. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programOf } from './built.ts';
import { dataBytes, pieces } from './pieces.ts';

/** Where code and data are: both sides have them there. Addresses of 16 bits find the same data, as `dataAt` has it in its low bits. */
export const codeAt = 0x2000_0000n;
export const dataAt = 0x2001_8000n;
export const lowDataAt = 0x8000n;

export interface Case {
  readonly code: Uint8Array;
  /** rax to r15, then rflags. */
  readonly registers: BigUint64Array;
  /** ymm0 to ymm15. */
  readonly vectors: Uint8Array;
  readonly mxcsr: number;
  /** As FXSAVE has it: 24 bytes of words, and registers from the top on. */
  readonly x87: Uint8Array;
  /** Which of `pieces` the data is. */
  readonly piece: number;
  readonly mode: 64 | 32;
}

export interface Result {
  readonly registers: BigUint64Array;
  readonly vectors: Uint8Array;
  readonly mxcsr: number;
  readonly x87: Uint8Array;
  readonly rip: bigint;
  /** Vector of what ended it: 1 is the trap after the one instruction. */
  readonly trap: number;
  readonly error: number;
  readonly data: Uint8Array;
}

export const vectorBytes = 16 * 32;
export const x87Bytes = 24 + 8 * 16;
const mxcsrAt = 17 * 8 + vectorBytes;
const stateBytes = mxcsrAt + 8 + x87Bytes;
const caseBytes = 16 + stateBytes + 16;
const resultBytes = stateBytes + 24 + dataBytes;

export const runNatively = (cases: readonly Case[]): readonly Result[] => {
  const work = mkdtempSync(join(tmpdir(), 'isola-native-'));
  try {
    writeFileSync(join(work, 'cases'), encode(cases));
    writeFileSync(join(work, 'pieces'), pieces);
    execFileSync(
      programOf(join(import.meta.dirname, 'native.c')),
      ['cases', 'results', 'pieces'].map((name) => join(work, name)),
    );
    return decode(readFileSync(join(work, 'results')), cases.length);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
};

const encode = (cases: readonly Case[]): Uint8Array => {
  const bytes = new Uint8Array(cases.length * caseBytes);
  const view = new DataView(bytes.buffer);
  for (const [index, { code, registers, vectors, mxcsr, x87, piece, mode }] of cases.entries()) {
    const at = index * caseBytes;
    bytes.fill(0xcc, at, at + 16);
    bytes.set(code, at);
    bytes.set(new Uint8Array(registers.buffer, registers.byteOffset, registers.byteLength), at + 16);
    bytes.set(vectors, at + 16 + 17 * 8);
    view.setBigUint64(at + 16 + mxcsrAt, BigInt(mxcsr), true);
    bytes.set(x87, at + 16 + mxcsrAt + 8);
    view.setBigUint64(at + 16 + stateBytes, BigInt(piece), true);
    view.setBigUint64(at + 16 + stateBytes + 8, BigInt(mode), true);
  }
  return bytes;
};

const decode = (bytes: Uint8Array, count: number): readonly Result[] => {
  if (bytes.length !== count * resultBytes) throw new Error(`${bytes.length / resultBytes} results of ${count} cases`);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return Array.from({ length: count }, (_, index) => {
    const at = index * resultBytes;
    const word = (offset: number): bigint => view.getBigUint64(at + offset, true);
    return {
      registers: new BigUint64Array(bytes.buffer, bytes.byteOffset + at, 17),
      vectors: bytes.subarray(at + 17 * 8, at + 17 * 8 + vectorBytes),
      mxcsr: Number(word(mxcsrAt)),
      x87: bytes.subarray(at + mxcsrAt + 8, at + stateBytes),
      ...{ rip: word(stateBytes), trap: Number(word(stateBytes + 8)), error: Number(word(stateBytes + 16)) },
      data: bytes.subarray(at + stateBytes + 24, at + resultBytes),
    };
  });
};
