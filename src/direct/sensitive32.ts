/**
 * Instructions of 32-bit code that programs' processes would answer in the host's way: those of sensitive.ts, and such that tell or load a segment's selector, of which a process has others than the program. Many are of one
 * byte, which code has everywhere: so it is decoded, and what begins with one of these bytes is looked at.
 */
import type { LengthOf } from './sensitive.ts';

/** PUSH and POP of ES, CS, SS and DS; MOV from and to a segment register; far CALL, JMP and RET; IRET. SDM Vol. 2, appendix A. */
const always = new Set([0x06, 0x07, 0x0e, 0x16, 0x17, 0x1e, 0x1f, 0x8c, 0x8e, 0x9a, 0xea, 0xca, 0xcb, 0xcf]);
/** Behind 0Fh: SLDT and its kin, LAR, LSL, SYSCALL, RDTSC, SYSENTER, PUSH and POP of FS and GS, CPUID, LSS, LFS, LGS. */
const alwaysExtended = new Set([0x00, 0x02, 0x03, 0x05, 0x31, 0x34, 0xa0, 0xa1, 0xa8, 0xa9, 0xa2, 0xb2, 0xb4, 0xb5]);
const prefixes = new Set([0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3]);
/** XGETBV, VMCALL, VMMCALL, RDTSCP. */
const named = new Set([0xd0, 0xc1, 0xd9, 0xf9]);
const mostBytes = 15;

/** Whether the instruction at a place is one, as far as the code goes. */
const isSensitive = (code: Uint8Array, at: number): boolean => {
  let opcodeAt = at;
  while (opcodeAt < at + mostBytes && prefixes.has(code[opcodeAt] ?? 0)) opcodeAt++;
  const [opcode, second, third] = [code[opcodeAt], code[opcodeAt + 1], code[opcodeAt + 2]];
  if (opcode === undefined) return false;
  if (always.has(opcode)) return true;
  // LES and LDS, else VEX; CALL and JMP by a pointer in memory.
  if (opcode === 0xc4 || opcode === 0xc5) return second !== undefined && second < 0xc0;
  if (opcode === 0xff) return second !== undefined && second < 0xc0 && (((second >> 3) & 7) === 3 || ((second >> 3) & 7) === 5);
  if (opcode !== 0x0f || second === undefined) return false;
  if (alwaysExtended.has(second)) return true;
  if (third === undefined) return false;
  const [isRegister, reg] = [third >= 0xc0, (third >> 3) & 7];
  if (second === 0x01) return named.has(third);
  // XSAVE, XRSTOR, XSAVEOPT; XSAVEC, RDPID.
  if (second === 0xae) return !isRegister && reg >= 4 && reg <= 6 && !(reg === 6 && code.subarray(at, opcodeAt).includes(0x66));
  if (second === 0xc7) return isRegister ? reg === 7 && code.subarray(at, opcodeAt).includes(0xf3) : reg === 4;
  return false;
};

/** Where code may begin, and how likely: any byte of the first instruction's, if it is not the first of all. */
const beginnings = 16;
const even = new Float64Array(beginnings).fill(1 / beginnings);
/** Where nothing is known of what comes before: by how long instructions are. */
const unknown = Float64Array.of(0.28, 0.25, 0.2, 0.12, 0.08, 0.05, 0.02);

const first = Float64Array.of(1);
const fillBytes = 8;

interface Looked {
  /** Only what begins within these. */
  readonly from: number;
  readonly to: number;
  readonly begins: Float64Array;
  /** More likely than that it has to be that an instruction begins there. */
  readonly least: number;
}

/** Streams that begin wherever code may soon fall into step: how likely an instruction begins somewhere is what they bring along. */
const isAny = (code: Uint8Array, lengthOf: LengthOf, { from, to, begins, least }: Looked): boolean => {
  const likely = new Float64Array(code.length + mostBytes + 1);
  likely.set(begins);
  for (let at = 0; at < to; at++) {
    const here = likely[at] ?? 0;
    if (here === 0) continue;
    if (at >= from && here > least && isSensitive(code, at)) return true;
    const length = lengthOf(code, at);
    // What goes on behind the end is no more; what is no instruction is stepped over.
    if (length === 0 && at > code.length - mostBytes) continue;
    const next = at + Math.max(length, 1);
    likely[next] = (likely[next] ?? 0) + here;
  }
  return false;
};

/** So far behind a beginning streams are in step. */
const inStep = 128;

/** Whether a page has one, but for its first bytes: of those the page before it tells more. */
export const hasSensitive32 = (page: Uint8Array, lengthOf: LengthOf): boolean =>
  isAny(page, lengthOf, { from: inStep, to: page.length, begins: even, least: 0.5 });

/** Whether one begins at a page's end and goes on behind it, or is among the first bytes of that page; what comes before may be unknown. */
export const hasSensitiveAcross32 = (before: Uint8Array | undefined, page: Uint8Array, lengthOf: LengthOf): boolean => {
  const head = page.subarray(0, inStep + mostBytes);
  if (before === undefined) return isAny(head, lengthOf, { from: 0, to: inStep, begins: unknown, least: 0.4 });
  // Data, or what fills a page: nobody goes on from there.
  if (before.subarray(-fillBytes).every((byte) => byte === 0))
    return isAny(head, lengthOf, { from: 0, to: inStep, begins: first, least: 0.5 });
  const tail = before.subarray(-inStep);
  const code = Uint8Array.of(...tail, ...head);
  return isAny(code, lengthOf, { from: tail.length - mostBytes, to: tail.length + inStep, begins: even, least: 0.5 });
};
