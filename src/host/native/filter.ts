/**
 * What a child may ask of the kernel, as two filters of system calls. The first holds for all of it: only its own page asks for anything, and whatever else does is trapped, which is how a program's system calls are met. The second
 * is for the thread that runs programs, which might jump into that page: it waits, wakes, and returns from signals, and no more.
 */
import { linuxSeccomp, linuxX64 } from '../../abi/index.ts';
import { inChild } from './layout.ts';

const { classicOp: op, seccompData, seccompOn, answer, pageMask, instructionPointer } = linuxSeccomp;

/** An operation, how many steps are skipped where it holds and where it doesn't, and its constant. */
type Step = readonly [op: number, jumpTrue: number, jumpFalse: number, constant: number];

const low = (value: bigint): number => Number(BigInt.asUintN(32, value));
const end = (value: number): Step => [op.end, 0, 0, value];

/** Skips so many steps where it isn't this page that asks. */
const byOwnPage = (skipped: number): readonly Step[] => [
  ...[[op.loadWord, 0, 0, seccompData.architecture] as const, [op.jumpIfEqual, 0, skipped + 5, seccompOn.x64.audit] as const],
  ...[[op.loadWord, 0, 0, instructionPointer + 4] as const, [op.jumpIfEqual, 0, skipped + 3, low(inChild.code >> 32n)] as const],
  ...[[op.loadWord, 0, 0, instructionPointer] as const, [op.and, 0, 0, pageMask] as const],
  [op.jumpIfEqual, 0, skipped, low(inChild.code)],
];

export const filterOfAll: readonly Step[] = [...byOwnPage(1), end(answer.allow), end(answer.trap)];

const { call, futex } = linuxX64;

export const filterOfPrograms: readonly Step[] = [
  ...byOwnPage(6),
  [op.loadWord, 0, 0, seccompData.number],
  [op.jumpIfEqual, 3, 0, call.rtSigreturn],
  [op.jumpIfEqual, 0, 3, call.futex],
  // The operation: its second argument.
  [op.loadWord, 0, 0, seccompData.arguments + 8],
  [op.jumpIfAtLeast, 1, 0, futex.wake + 1],
  ...[end(answer.allow), end(answer.trap)],
];

/** As struct sock_filter has them. */
export const encoded = (steps: readonly Step[]): Uint8Array => {
  const bytes = new DataView(new ArrayBuffer(8 * steps.length));
  for (const [at, [operation, jumpTrue, jumpFalse, constant]] of steps.entries()) {
    bytes.setUint16(8 * at, operation, true);
    bytes.setUint8(8 * at + 2, jumpTrue);
    bytes.setUint8(8 * at + 3, jumpFalse);
    bytes.setUint32(8 * at + 4, constant >>> 0, true);
  }
  return new Uint8Array(bytes.buffer);
};
