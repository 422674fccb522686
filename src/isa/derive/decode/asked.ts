/** What decoding asks of a row for each instruction, found once: texts are compared slowly. */
import type { Encoding } from '../../spec/row.ts';

export interface Asked {
  /** In ModRM.reg, and of opcodes of two bytes the second one, or the first of them. */
  readonly digit: number | undefined;
  readonly second: number | undefined;
  /** Attributes. */
  readonly isOnly64: boolean;
  readonly isNever64: boolean;
  readonly wantsNoB: boolean;
  readonly wantsNoW: boolean;
  readonly wantsW: boolean;
  readonly mayLock: boolean;
  /** Whether an operand is what VEX.vvvv names. */
  readonly namesVvvv: boolean;
  readonly namesSegment: boolean;
  /** Of control and debug registers ModRM always names a general register: SDM Vol. 2B, MOV—Move to/from Control Registers. */
  readonly ignoresMod: boolean;
  /** A vector is the index of its address, which then has a SIB byte: SDM Vol. 2A, 2.3.12. */
  readonly isVsib: boolean;
  /** What ModRM has to name. */
  readonly wantsMemory: boolean;
  readonly wantsRegister: boolean;
  /** Operands that have bytes of their own, in order. */
  readonly immediates: readonly string[];
}

const known = new WeakMap<Encoding, Asked>();

export const askedOf = (form: Encoding): Asked => {
  const found = known.get(form);
  if (found !== undefined) return found;
  const asked = askedAnew(form);
  known.set(form, asked);
  return asked;
};

const askedAnew = ({ modrm, operands, attributes }: Encoding): Asked => ({
  digit: typeof modrm === 'object' && 'digit' in modrm ? modrm.digit : undefined,
  second: typeof modrm === 'object' && 'byte' in modrm ? modrm.byte : undefined,
  isOnly64: attributes.has('o64'),
  isNever64: attributes.has('i64'),
  wantsNoB: attributes.has('b0'),
  wantsNoW: attributes.has('w0'),
  wantsW: attributes.has('w1'),
  mayLock: attributes.has('lock'),
  namesVvvv: operands.some((code) => /^[BH]/.test(code)),
  namesSegment: operands.includes('Sw'),
  ignoresMod: operands.some((code) => /^[CD]y$/.test(code)),
  isVsib: attributes.has('vsibx') || attributes.has('vsiby'),
  wantsMemory: operands.some((code) => code.startsWith('M')),
  wantsRegister: operands.some((code) => /^[RNU]/.test(code) && code !== 'rAX'),
  immediates: operands.filter((code) => /^(Ib|Ibs|Iw|Iz|Iv|Jb|Jz|Ap|Ldq|Lqq|O.*)$/.test(code)),
});
