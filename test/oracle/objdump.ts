/** What objdump says of instructions: GNU binutils. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Syntax } from '../../src/isa/index.ts';

export interface Line {
  readonly lengthBytes: number;
  readonly text: string;
}

type Mode = 64 | 32 | 16;

/** Lines by their address. What is no instruction has a line, too. */
export const objdump = (code: Uint8Array, mode: Mode, syntax: Syntax, start = 0): ReadonlyMap<number, Line> => {
  const work = mkdtempSync(join(tmpdir(), 'isola-objdump-'));
  try {
    const file = join(work, 'code');
    writeFileSync(file, code);
    const machine = mode === 64 ? ['i386:x86-64', 'x86-64'] : ['i386', mode === 32 ? 'i386' : 'i8086'];
    // Near branches of 64-bit code take no 16 bits on Intel's processors, which the manual describes.
    const options = `${machine[1]},${syntax},intel64`;
    const words = ['-D', '-z', '-w', '--insn-width=16', '-b', 'binary', '-m', machine[0] ?? '', '-M', options, `--adjust-vma=${start}`];
    return linesOf(execFileSync('objdump', [...words, file], { encoding: 'utf8', maxBuffer: 2 ** 30 }));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
};

const linesOf = (listing: string): ReadonlyMap<number, Line> => {
  const lines = new Map<number, Line>();
  for (const line of listing.split('\n')) {
    const [address = '', bytes, text] = line.split('\t');
    if (bytes === undefined || !address.endsWith(':')) continue;
    lines.set(Number.parseInt(address, 16), { lengthBytes: bytes.trim().split(' ').length, text: (text ?? '').trimEnd() });
  }
  return lines;
};

const slotBytes = 32;

/** A NOP however much of it is left, for whoever comes out of step: the operand-size prefix, seven times, and NOP. Eight bytes have one line instead of eight. */
const silence = [0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x90] as const;

/** An instruction with what is behind it there: one that isn't complete goes on in it. */
export const inSlot = (code: ArrayLike<number>): Uint8Array => {
  const slot = Uint8Array.from({ length: slotBytes }, (_, at) => silence[at % silence.length] ?? 0);
  slot.set(code);
  return slot;
};

/** Instructions apart from each other, each at a multiple of 32, with NOP between. */
export const objdumpEach = (codes: readonly Uint8Array[], mode: Mode, syntax: Syntax): readonly Line[] => {
  if (codes.length === 0) return [];
  const bytes = new Uint8Array(codes.length * slotBytes);
  for (const [index, code] of codes.entries()) bytes.set(inSlot(code), index * slotBytes);
  const lines = objdump(bytes, mode, syntax);
  return codes.map((_, index) => lines.get(index * slotBytes) ?? { lengthBytes: 0, text: 'no line begins here' });
};

/** The address of the n-th of them. */
export const addressOf = (index: number): bigint => BigInt(index * slotBytes);
