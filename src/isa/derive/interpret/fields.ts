/** What records of a row's instructions are filled with, found once: texts are compared slowly. */
import { State, segmentPlace } from '../../runtime/state.ts';
import type { Encoding } from '../../spec/row.ts';
import { widthOf } from '../../spec/width.ts';

export interface Fields {
  /** Operands that ModRM.reg, ModRM.rm or the opcode, VEX.vvvv and an immediate's high half name; undefined where none is a register. */
  readonly reg: Registers;
  readonly rm: Registers;
  readonly vvvv: Registers;
  readonly named: Registers | undefined;
  /** Whether its immediate is how far a branch leads. */
  readonly isRelative: boolean;
  readonly isVsib: boolean;
  readonly isX87: boolean;
  readonly usesVectors: boolean;
  readonly isEarly: boolean;
}

/** Which registers: places in the state, or, of the stack of x87 and of control and debug registers, numbers alone. */
export type Registers = 'segment' | 'stack' | 'mmx' | 'number' | 'vector' | 'byte' | 'general';

const known = new WeakMap<Encoding, Fields>();

export const fieldsOf = (form: Encoding): Fields => {
  const found = known.get(form);
  if (found !== undefined) return found;
  const fields = fieldsAnew(form);
  known.set(form, fields);
  return fields;
};

const fieldsAnew = (form: Encoding): Fields => {
  const { map, opcode, vex, operands, attributes } = form;
  const code = (letters: RegExp): string => operands.find((one) => letters.test(one)) ?? '';
  const named = code(/^L/);
  return {
    reg: registersOf(code(/^([GVPS]|[CD]y$)/)),
    rm: registersOf(code(/^([ERZWUQN]|STi)/)),
    vvvv: registersOf(code(/^[BH]/)),
    named: named === '' ? undefined : registersOf(named),
    isRelative: operands.some((one) => one.startsWith('J')),
    isVsib: attributes.has('vsibx') || attributes.has('vsiby'),
    isX87: map === 'one' && vex === undefined && (opcode & 0xf8) === 0xd8,
    usesVectors: usesVectors(form),
    isEarly: attributes.has('early'),
  };
};

const registersOf = (code: string): Registers => {
  if (code === 'Sw') return 'segment';
  if (code === 'STi') return 'stack';
  if (/^[PQN]/.test(code)) return 'mmx';
  // Control and debug registers have no places: some are made of others.
  if (/^[CD]y$/.test(code)) return 'number';
  if (/^[VWUHL]/.test(code)) return 'vector';
  // None that follows the operand size has 8 bits.
  return code !== '' && widthOf(code, 64) === 8 ? 'byte' : 'general';
};

/** It names a vector register, or means all of them, or is LDMXCSR or STMXCSR. */
const usesVectors = ({ operands, map, opcode, vex, text }: Encoding): boolean =>
  operands.some((code) => /^([VWUHL][a-z]*|XMM0)$/.test(code)) ||
  (vex !== undefined && map === '0F' && (opcode === 0x77 || opcode === 0xae)) ||
  /^NP 0F AE \/[23] /.test(text);

/** Place in the state of a register by its number: of a byte without REX, 4 to 7 are the high halves. SDM Vol. 2A, table 3-1. */
export const placeOf = (registers: Registers, number: number, hasRex: boolean): number => {
  switch (registers) {
    case 'segment':
      return segmentPlace(number);
    case 'stack':
      return number & 7;
    case 'mmx':
      return State.x87 + 16 * (number & 7);
    case 'number':
      return number;
    case 'vector':
      return State.vectors + 64 * number;
    case 'byte':
      return !hasRex && number >= 4 && number < 8 ? State.gpr + 8 * (number - 4) + 1 : State.gpr + 8 * number;
    case 'general':
      return State.gpr + 8 * number;
    default:
      return registers satisfies never;
  }
};
