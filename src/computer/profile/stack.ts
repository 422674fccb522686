/** What calls what: return addresses by frame pointers, as far as these are some. */
import type { CpuState } from '../../machine/index.ts';
import type { LinearMemory } from '../gdb/linear-memory.ts';

/** Frames are looked at no further than that, nor are they longer. */
const [mostFrames, longestFrame] = [64, 1n << 16n];
/** EFER.LMA; of a code segment's rights, L and D: SDM Vol. 3A, 3.4.5. */
const [lma, long, wide] = [1 << 10, 1 << 13, 1 << 14];
const rbp = 5;

export const linearRip = ({ rip, cs, efer }: CpuState): bigint => (isLong(efer, cs.rights) ? rip : BigInt.asUintN(32, cs.base + rip));

const isLong = (efer: number, rights: number): boolean => (efer & lma) !== 0 && (rights & long) !== 0;

/** Return addresses, the innermost first. Code without frame pointers has none or few: only what a CALL stands before is one. */
export const callersOf = (state: CpuState, memory: LinearMemory): readonly bigint[] => {
  const { cs, efer, general } = state;
  const bytes = isLong(efer, cs.rights) ? 8 : (cs.rights & wide) !== 0 ? 4 : 0;
  const callers: bigint[] = [];
  if (bytes === 0) return callers;
  let frame = BigInt.asUintN(8 * bytes, general[rbp] ?? 0n);
  while (callers.length < mostFrames && frame !== 0n && frame % BigInt(bytes) === 0n) {
    const pair = memory.read(frame, 2 * bytes, state);
    if (pair === undefined) break;
    const view = new DataView(pair.buffer);
    const [before, caller] =
      bytes === 8
        ? [view.getBigUint64(0, true), view.getBigUint64(8, true)]
        : [BigInt(view.getUint32(0, true)), BigInt(view.getUint32(4, true))];
    const code = memory.read(caller - 7n, 7, state);
    if (code === undefined || !isCall(code)) break;
    callers.push(caller);
    // Stacks grow downwards: who called is above.
    if (before <= frame || before - frame > longestFrame) break;
    frame = before;
  }
  return callers;
};

/** Whether bytes end with CALL rel32, or with CALL r/m in one of its lengths: opcodes E8, and FF /2. */
const isCall = (code: Uint8Array): boolean =>
  code[2] === 0xe8 || [2, 3, 4, 6, 7].some((length) => code[7 - length] === 0xff && ((code[8 - length] ?? 0) & 0x38) === 0x10);
