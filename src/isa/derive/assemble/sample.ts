/** Random instructions of a form: what every comparison with somebody else's processor begins with. */
import type { Size } from '../../spec/binding.ts';
import type { Form, OperandSize } from '../../spec/row.ts';
import { isVsib } from '../decode/decode.ts';
import { vexOf } from './vex.ts';

/** Draws a number below `sides`. */
export type Dice = (sides: number) => number;

export interface Wish {
  readonly mode: Size;
  /** Whether ModRM shall name memory, where the form leaves that open. */
  readonly isMemory: boolean;
  /** One of the form's sizes; any where it is left out. */
  readonly size?: OperandSize;
}

/** Bytes of one instruction of a form; undefined where the mode has none. Some have addresses of the other size, string instructions some repetition and some segment, too. */
export const sample = (form: Form, { mode, isMemory, size }: Wish, roll: Dice): readonly number[] | undefined => {
  const { attributes } = form;
  if (attributes.has(mode === 64 ? 'i64' : 'o64') || (attributes.has('w1') && mode !== 64)) return undefined;
  const sizes = form.sizes.filter((one) => mode === 64 || one !== 64);
  const wanted = size ?? sizes[roll(sizes.length)];
  if (wanted === undefined || !sizes.includes(wanted)) return undefined;
  const prefixes = prefixesOf(form, mode, wanted, roll);
  if (prefixes === undefined) return undefined;
  const number = roll(form.span);
  const isSecond = typeof form.modrm === 'object' && 'byte' in form.modrm;
  const opcode = form.opcode + (isSecond ? 0 : number);
  const map = form.vex === undefined ? maps[form.map] : [];
  const hasOtherAddress = (isMemory || isAddressing(form)) && roll(8) === 0 && !(isVsib(form) && mode !== 64);
  const address: Size = hasOtherAddress ? (mode === 32 ? 16 : 32) : mode;
  const isLocked = form.attributes.has('lock') && isMemory && roll(8) === 0;
  return [
    ...(hasOtherAddress ? [0x67] : []),
    ...(isLocked ? [0xf0] : []),
    ...stringPrefixes(form, mode, roll),
    ...[...prefixes, ...map, opcode],
    ...modrmOf(form, { address, isMemory, number }, roll),
    ...immediatesOf(form, wanted, address, roll),
  ];
};

const maps = { one: [], '0F': [0x0f], '0F38': [0x0f, 0x38], '0F3A': [0x0f, 0x3a] } as const;

/** Whether the address size may matter though there is no ModRM. */
const isAddressing = ({ operands, attributes }: Form): boolean => attributes.has('a') || operands.some((code) => /^[MOXY]/.test(code));

/** Repetition, and another segment for the source; of those, GS where an operating system that uses FS leaves it at 0. */
const stringPrefixes = ({ attributes, operands }: Form, mode: Size, roll: Dice): readonly number[] => {
  const repeat = attributes.has('rep') || attributes.has('repe') ? [[], [0xf2], [0xf3], [0xf3]][roll(4)] : undefined;
  const segments = mode === 64 ? [0x26, 0x2e, 0x36, 0x3e, 0x65] : [0x26, 0x2e, 0x36, 0x3e];
  const segment = operands.some((code) => code.startsWith('X')) && roll(2) === 0 ? segments[roll(segments.length)] : undefined;
  return [...(segment === undefined ? [] : [segment]), ...(repeat ?? [])];
};

/** Legacy prefixes, and REX last; or VEX. Undefined where the size can't be had: 16 bits of what is always 64. */
const prefixesOf = (form: Form, mode: Size, size: OperandSize, roll: Dice): readonly number[] | undefined => {
  const { prefix, attributes, vex } = form;
  if (vex !== undefined) return vexOf(form, mode, size, roll);
  const mandatory = prefix === 'any' || prefix === 'NP' || prefix === 'NFx' ? [] : [Number.parseInt(prefix, 16)];
  const wide = attributes.has('w1') || (size === 64 && !attributes.has('d64') && !attributes.has('f64'));
  const low = attributes.has('b0') ? 1 : 8;
  if (mode === 64 && size === 32 && (attributes.has('d64') || attributes.has('f64'))) return undefined;
  if (mode === 64 && size === 16 && attributes.has('f64')) return undefined;
  const sized = size === 16 ? mode !== 16 : size === 32 && mode === 16;
  if (mode !== 64) return [...(sized ? [0x66] : []), ...mandatory];
  const rex = wide ? 0x48 | roll(low) : roll(2) === 0 ? 0x40 | roll(low) : undefined;
  return [...(sized ? [0x66] : []), ...mandatory, ...(rex === undefined ? [] : [rex])];
};

interface Choice {
  readonly address: Size;
  readonly isMemory: boolean;
  readonly number: number;
}

const modrmOf = (form: Form, { address, isMemory, number }: Choice, roll: Dice): readonly number[] => {
  const { modrm, operands } = form;
  if (modrm === 'none') return [];
  if (typeof modrm === 'object' && 'byte' in modrm) return [modrm.byte + number];
  const reg = modrm === 'any' ? roll(8) : modrm.digit;
  const mustBeMemory = operands.some((code) => code.startsWith('M'));
  const mustBeRegister = operands.some((code) => /^[RNU]/.test(code) && code !== 'rAX');
  if (isVsib(form)) return memory32(reg, roll, 4);
  if (mustBeRegister || !(isMemory || mustBeMemory)) return [0xc0 | (reg << 3) | roll(8)];
  return address === 16 ? memory16(reg, roll) : memory32(reg, roll);
};

const memory16 = (reg: number, roll: Dice): readonly number[] => {
  const [mod, rm] = [roll(3), roll(8)];
  const bytes = mod === 1 ? 1 : mod === 2 || rm === 6 ? 2 : 0;
  return [(mod << 6) | (reg << 3) | rm, ...anyBytes(bytes, roll)];
};

const memory32 = (reg: number, roll: Dice, only?: number): readonly number[] => {
  const [mod, rm] = [roll(3), only ?? roll(8)];
  const sib = rm === 4 ? [roll(256)] : [];
  const isAbsolute = mod === 0 && (rm === 5 || (rm === 4 && ((sib[0] ?? 0) & 7) === 5));
  const bytes = mod === 1 ? 1 : mod === 2 || isAbsolute ? 4 : 0;
  return [(mod << 6) | (reg << 3) | rm, ...sib, ...anyBytes(bytes, roll)];
};

const immediatesOf = ({ operands }: Form, size: OperandSize, address: Size, roll: Dice): readonly number[] => {
  const z = size === 16 ? 2 : 4;
  const whole = size === 0 ? 4 : size / 8;
  return operands.flatMap((code) => {
    if (code === 'Ib' || code === 'Ibs' || code === 'Jb' || code.startsWith('L')) return anyBytes(1, roll);
    if (code === 'Iw') return anyBytes(2, roll);
    if (code === 'Iz' || code === 'Jz') return anyBytes(z, roll);
    if (code === 'Iv') return anyBytes(whole, roll);
    if (code === 'Ap') return anyBytes(whole + 2, roll);
    return code.startsWith('O') ? anyBytes(address / 8, roll) : [];
  });
};

/** Bytes of which many are at an edge. */
const anyBytes = (count: number, roll: Dice): readonly number[] => {
  const edge = [0x00, 0xff, undefined, undefined][roll(4)];
  return Array.from({ length: count }, (_, at) => (at === count - 1 ? roll(256) : (edge ?? roll(256))));
};
