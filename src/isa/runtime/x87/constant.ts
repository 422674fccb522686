/** FLD1 to FLDZ: SDM Vol. 2A, FLD1/FLDL2T/FLDL2E/FLDPI/FLDLG2/FLDLN2/FLDZ. */
import { X87Status } from '../state.ts';
import type { Operation } from './operation.ts';

/** Cut to 80 bits, and whether the next number is nearer. */
const constants = {
  fld1: [0x3fff_8000_0000_0000_0000n, undefined],
  fldl2t: [0x4000_d49a_784b_cd1b_8afen, false],
  fldl2e: [0x3fff_b8aa_3b29_5c17_f0bbn, true],
  fldpi: [0x4000_c90f_daa2_2168_c234n, true],
  fldlg2: [0x3ffd_9a20_9a84_fbcf_f798n, true],
  fldln2: [0x3ffe_b172_17f7_d1cf_79abn, true],
  fldz: [0n, undefined],
} as const satisfies Record<string, readonly [bits: bigint, isNextNearer: boolean | undefined]>;

/** Rounded as RC says; nothing is told of what was lost: SDM Vol. 1, 8.3.8. */
export const constant: Readonly<Record<string, Operation>> = Object.fromEntries(
  Object.entries(constants).map(([name, [bits, isNextNearer]]) => [
    name,
    (registers) => {
      registers.condition(X87Status.c1, 0);
      const rounding = (registers.control >> 10) & 3;
      const isUp = isNextNearer !== undefined && (rounding === 2 || (rounding === 0 && isNextNearer));
      registers.push(isUp ? bits + 1n : bits);
      return 0;
    },
  ]),
);
