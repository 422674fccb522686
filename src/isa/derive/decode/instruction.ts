/** A decoded instruction: which form, with which fields. */
import type { Segment } from '../../runtime/state.ts';
import type { Repetition, Size } from '../../spec/binding.ts';
import type { Encoding, Form } from '../../spec/row.ts';

export interface Prefixes {
  readonly segment: Segment | undefined;
  readonly isLocked: boolean;
  /** The last of them. */
  readonly repeat: 'F2' | 'F3' | undefined;
  readonly hasOperandSize: boolean;
  readonly hasAddressSize: boolean;
  /** 0x40 to 0x4f; undefined where there is none, which makes ah to bh of spl to dil. */
  readonly rex: number | undefined;
  /** All of them as they stand in the code, REX too, those without effect too. */
  readonly bytes: readonly number[];
}

/** SDM Vol. 2A, 2.1.5 and 2.2.1. */
export interface MemoryFields {
  /** Numbers of registers; undefined where there is none. */
  readonly base: number | undefined;
  readonly index: number | undefined;
  /** 0 to 3. */
  readonly shift: number;
  readonly displacement: bigint;
  /** In bytes as encoded. */
  readonly displacementBytes: 0 | 1 | 2 | 4;
  readonly isRipRelative: boolean;
  /** Whether a SIB byte names base and index. */
  readonly hasSib: boolean;
}

export interface Instruction<Row extends Encoding = Form> {
  readonly form: Row;
  readonly mode: Size;
  readonly size: Size;
  readonly address: Size;
  readonly prefixes: Prefixes;
  readonly lengthBytes: number;
  /** Which of the form's opcodes. */
  readonly condition: number;
  /** Numbers of the registers that ModRM or the opcode name. */
  readonly reg: number;
  readonly rm: number;
  readonly vvvv: number;
  /** The byte itself; of no meaning where the form has none. */
  readonly modrm: number;
  /** Where ModRM names memory. */
  readonly memory: MemoryFields | undefined;
  /** As encoded and extended; a relative branch's distance and an absolute offset are here, too. */
  readonly immediates: readonly bigint[];
}

/** How its prefix repeats it: REPNE is REP of what doesn't ask ZF. */
export const repetitionOf = ({ form, prefixes: { repeat } }: Instruction<Encoding>): Repetition | undefined => {
  if (repeat === undefined) return undefined;
  if (form.attributes.has('rep')) return 'rep';
  return form.attributes.has('repe') ? (repeat === 'F2' ? 'repne' : 'repe') : undefined;
};
