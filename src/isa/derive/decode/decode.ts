/** Bytes to instructions, by the rows of the specification: SDM Vol. 2A, chapter 2. */
import { Segment } from '../../runtime/state.ts';
import type { Size } from '../../spec/binding.ts';
import type { Encoding, Form, Map as OpcodeMap } from '../../spec/row.ts';
import { askedOf } from './asked.ts';
import type { Instruction, MemoryFields, Prefixes } from './instruction.ts';
import { Reader } from './reader.ts';
import type { Table } from './table.ts';

/** What the bytes say, or that no row fits them: #UD, after so many bytes. */
export type Decoded<Row extends Encoding = Form> = Instruction<Row> | { readonly form: undefined; readonly lengthBytes: number };

/**
 * Decodes what stands at `start`. Throws `TooShort` where the bytes end within it, `TooLong` where it has more than 15.
 * @param mode of the code segment; 64 in 64-bit mode
 */
export const decode = <Row extends Encoding>(table: Table<Row>, code: Uint8Array, start: number, mode: Size): Decoded<Row> => {
  const reader = new Reader(code, start);
  const prefixes = readPrefixes(reader, mode);
  const { map, opcode, vex } = readOpcode(reader, mode, prefixes);
  const forms = table.find(map, opcode, vex !== undefined);
  const modrm = forms.some((form) => form.modrm !== 'none') ? reader.peek() : 0;
  const form = vex?.isForbidden === true ? undefined : forms.find((one) => fits(one, { prefixes, mode, modrm, vex }));
  if (form === undefined) return undefinedOf(reader, forms, { map, mode, prefixes });
  const rex = vex?.rex ?? prefixes.rex ?? 0;
  const address = addressSize(mode, prefixes);
  const size = operandSize(form, mode, prefixes, rex);
  const asked = askedOf(form);
  const { reg, rm, memory } = readModrm(reader, form, address, mode, rex);
  const { second } = asked;
  const low = second === undefined ? opcode - form.opcode : modrm - second;
  const immediates = readImmediates(reader, form, size, address);
  if (prefixes.isLocked && !(asked.mayLock && memory !== undefined)) return { form: undefined, lengthBytes: reader.read };
  // Written out: objects put together of others take several times as long, and code is decoded by the megabyte.
  return {
    form,
    mode,
    size,
    address,
    prefixes,
    condition: form.span === 16 ? low : 0,
    reg,
    rm: form.span === 8 ? low | (second === undefined ? (rex & 1) << 3 : 0) : rm,
    memory,
    vvvv: vex?.vvvv ?? 0,
    modrm,
    immediates,
    lengthBytes: reader.read,
  };
};

/**
 * What no row fits has its operands read as its neighbours have them before it is #UD: a byte of it that can't be fetched is told first (SDM Vol.
 * 3A, table 6-2), as the host's processor does. Of two maps all have ModRM, and of one a byte behind that.
 */
const undefinedOf = (
  reader: Reader,
  forms: readonly Encoding[],
  { map, mode, prefixes }: { readonly map: OpcodeMap; readonly mode: Size; readonly prefixes: Prefixes },
): Decoded<never> => {
  const alike = forms.find(({ modrm }) => modrm !== 'none');
  const address = addressSize(mode, prefixes);
  if (alike !== undefined || map === '0F38' || map === '0F3A') readMemory(reader, reader.byte(), { address, mode, rex: 0, isVsib: false });
  if (alike !== undefined) readImmediates(reader, alike, operandSize(alike, mode, prefixes, 0), address);
  else if (map === '0F3A') reader.byte();
  return { form: undefined, lengthBytes: reader.read };
};

/** REX counts where it is the last of them: SDM Vol. 2A, 2.2.1. */
const readPrefixes = (reader: Reader, mode: Size): Prefixes => {
  const bytes: number[] = [];
  const found: { -readonly [key in keyof Prefixes]: Prefixes[key] } = {
    ...{ segment: undefined, isLocked: false, repeat: undefined, hasOperandSize: false, hasAddressSize: false, rex: undefined, bytes },
  };
  for (;;) {
    const byte = reader.peek();
    const segment = segmentPrefixes[byte];
    if (mode === 64 && (byte & 0xf0) === 0x40) found.rex = byte;
    else {
      if (segment !== undefined) found.segment = mode === 64 && segment < Segment.fs ? found.segment : segment;
      else if (byte === 0x66) found.hasOperandSize = true;
      else if (byte === 0x67) found.hasAddressSize = true;
      else if (byte === 0xf0) found.isLocked = true;
      else if (byte === 0xf2) found.repeat = 'F2';
      else if (byte === 0xf3) found.repeat = 'F3';
      else return found;
      found.rex = undefined;
    }
    bytes.push(reader.byte());
  }
};

const segmentPrefixes: Readonly<Record<number, Segment>> = {
  ...{ 38: Segment.es, 46: Segment.cs, 54: Segment.ss, 62: Segment.ds, 100: Segment.fs, 101: Segment.gs },
};

interface VexFields {
  readonly rex: number;
  readonly vvvv: number;
  readonly length: 0 | 1;
  readonly prefix: 'NP' | '66' | 'F3' | 'F2';
  /** A prefix stands before it. */
  readonly isForbidden: boolean;
}

const readOpcode = (
  reader: Reader,
  mode: Size,
  prefixes: Prefixes,
): { readonly map: OpcodeMap; readonly opcode: number; readonly vex: VexFields | undefined } => {
  const first = reader.byte();
  const isVex = (first === 0xc4 || first === 0xc5) && (mode === 64 || (reader.peek() & 0xc0) === 0xc0);
  if (isVex) return readVex(reader, first, mode, prefixes);
  if (first !== 0x0f) return { map: 'one', opcode: first, vex: undefined };
  const second = reader.byte();
  if (second === 0x38) return { map: '0F38', opcode: reader.byte(), vex: undefined };
  if (second === 0x3a) return { map: '0F3A', opcode: reader.byte(), vex: undefined };
  return { map: '0F', opcode: second, vex: undefined };
};

/** SDM Vol. 2A, 2.3.5. A legacy prefix or REX before it is #UD. Of a map that isn't there, an opcode without rows is named. */
const readVex = (
  reader: Reader,
  first: number,
  mode: Size,
  { rex, isLocked, repeat, hasOperandSize }: Prefixes,
): ReturnType<typeof readOpcode> => {
  const isLong = mode === 64;
  const a = reader.byte();
  const b = first === 0xc4 ? reader.byte() : (a & 0x7f) | 0;
  const high = first === 0xc4 ? (~a >> 5) & 7 : (~a >> 5) & 4;
  const map = first === 0xc4 ? (['', '0F', '0F38', '0F3A'] as const)[a & 31] : '0F';
  const vex: VexFields = {
    rex: isLong ? high | (first === 0xc4 ? (b >> 4) & 8 : 0) : first === 0xc4 ? (b >> 4) & 8 : 0,
    vvvv: (~b >> 3) & (isLong ? 15 : 7),
    length: ((b >> 2) & 1) as 0 | 1,
    prefix: (['NP', '66', 'F3', 'F2'] as const)[b & 3] ?? 'NP',
    isForbidden: rex !== undefined || isLocked || repeat !== undefined || hasOperandSize,
  };
  if (map === undefined || map === '') return { map: 'one', opcode: 0x100, vex };
  return { map, opcode: reader.byte(), vex };
};

interface Circumstances {
  readonly prefixes: Prefixes;
  readonly mode: Size;
  readonly modrm: number;
  readonly vex: VexFields | undefined;
}

const fits = (form: Encoding, { prefixes, mode, modrm, vex }: Circumstances): boolean => {
  const asked = askedOf(form);
  if (mode === 64 ? asked.isNever64 : asked.isOnly64) return false;
  const rex = vex?.rex ?? prefixes.rex ?? 0;
  if ((asked.wantsNoB && (rex & 1) !== 0) || (mode === 64 && (rex & 8) !== 0 ? asked.wantsNoW : asked.wantsW)) return false;
  if (form.vex !== undefined && vex !== undefined) {
    const { length, w } = form.vex;
    if (length !== 'LIG' && (length === 'L1') !== (vex.length === 1)) return false;
    if (w !== 'WIG' && (w === 'W1') !== ((vex.rex & 8) !== 0)) return false;
    if (form.prefix !== vex.prefix) return false;
    if (vex.vvvv !== 0 && !asked.namesVvvv) return false;
  } else if (form.prefix === 'NFx') {
    if (prefixes.repeat !== undefined) return false;
  } else if (form.prefix !== 'any' && form.prefix !== (prefixes.repeat ?? (prefixes.hasOperandSize ? '66' : 'NP'))) return false;
  if (form.modrm === 'none') return true;
  if (asked.second !== undefined) return modrm >= asked.second && modrm < asked.second + form.span;
  if (asked.digit !== undefined && ((modrm >> 3) & 7) !== asked.digit) return false;
  // There are six segment registers.
  if (asked.namesSegment && ((modrm >> 3) & 7) > 5) return false;
  const isMemory = modrm < 0xc0 && !asked.ignoresMod;
  if (asked.isVsib && ((modrm & 7) !== 4 || addressSize(mode, prefixes) === 16)) return false;
  return isMemory ? !asked.wantsRegister : !asked.wantsMemory;
};

const addressSize = (mode: Size, { hasAddressSize }: Prefixes): Size => (hasAddressSize ? (mode === 32 ? 16 : 32) : mode);

const operandSize = ({ sizes, attributes, prefix }: Encoding, mode: Size, { hasOperandSize }: Prefixes, rex: number): Size => {
  const is66 = hasOperandSize && prefix !== '66';
  const wanted: Size =
    mode === 64
      ? (rex & 8) !== 0 || attributes.has('f64')
        ? 64
        : is66
          ? 16
          : attributes.has('d64')
            ? 64
            : 32
      : is66 === (mode === 16)
        ? 32
        : 16;
  return sizes.includes(wanted) ? wanted : 32;
};

const readModrm = (reader: Reader, form: Encoding, address: Size, mode: Size, rex: number): Pick<Instruction, 'reg' | 'rm' | 'memory'> => {
  if (form.modrm === 'none') return { reg: 0, rm: 0, memory: undefined };
  const modrm = reader.byte();
  const low = modrm & 7;
  const reg = ((modrm >> 3) & 7) | ((rex & 4) << 1);
  const { ignoresMod, isVsib } = askedOf(form);
  if (modrm >= 0xc0 || ignoresMod) return { reg, rm: low | ((rex & 1) << 3), memory: undefined };
  return { reg, rm: low, memory: readMemory(reader, modrm, { address, mode, rex, isVsib }) };
};

interface MemoryCircumstances {
  readonly address: Size;
  readonly mode: Size;
  readonly rex: number;
  readonly isVsib: boolean;
}

/** Of registers there is none. */
const readMemory = (reader: Reader, modrm: number, { address, mode, rex, isVsib }: MemoryCircumstances): MemoryFields | undefined => {
  const [mod, low] = [modrm >> 6, modrm & 7];
  if (mod === 3) return undefined;
  return address === 16 ? memory16(reader, mod, low) : memory32(reader, { mod, low, rex, isLong: mode === 64, isVsib });
};

/** SDM Vol. 2A, table 2-1. */
const memory16 = (reader: Reader, mod: number, low: number): MemoryFields => {
  const [base, index] = ([[3, 6], [3, 7], [5, 6], [5, 7], [6], [7], [5], [3]] as const)[low] ?? [];
  const isAbsolute = mod === 0 && low === 6;
  const displacementBytes = isAbsolute || mod === 2 ? 2 : mod === 1 ? 1 : 0;
  const displacement = displacementBytes === 0 ? 0n : reader.signed(displacementBytes);
  return { base: isAbsolute ? undefined : base, index, shift: 0, displacement, displacementBytes, isRipRelative: false, hasSib: false };
};

/** Whether a vector is the index of its address. */
export const isVsib = (form: Encoding): boolean => askedOf(form).isVsib;

interface ModFields {
  readonly mod: number;
  readonly low: number;
  readonly rex: number;
  readonly isLong: boolean;
  readonly isVsib: boolean;
}

/** SDM Vol. 2A, tables 2-2, 2-3 and 2-7. */
const memory32 = (reader: Reader, { mod, low, rex, isLong, isVsib }: ModFields): MemoryFields => {
  let [base, index, shift]: [number | undefined, number | undefined, number] = [low | ((rex & 1) << 3), undefined, 0];
  let isAbsolute = mod === 0 && low === 5;
  const isRipRelative = isAbsolute && isLong;
  if (low === 4) {
    const sib = reader.byte();
    const number = ((sib >> 3) & 7) | ((rex & 2) << 2);
    index = number === 4 && !isVsib ? undefined : number;
    shift = sib >> 6;
    base = (sib & 7) | ((rex & 1) << 3);
    isAbsolute = mod === 0 && (sib & 7) === 5;
  }
  if (isAbsolute) base = undefined;
  const displacementBytes = isAbsolute || mod === 2 ? 4 : mod === 1 ? 1 : 0;
  const displacement = displacementBytes === 0 ? 0n : reader.signed(displacementBytes);
  return { base, index, shift, displacement, displacementBytes, isRipRelative, hasSib: low === 4 };
};

const readImmediates = (reader: Reader, form: Encoding, size: Size, address: Size): readonly bigint[] => {
  const { immediates } = askedOf(form);
  if (immediates.length === 0) return none;
  const z = size === 16 ? 2 : 4;
  const read: bigint[] = [];
  for (const code of immediates) {
    switch (code) {
      case 'Ib':
      case 'Ldq':
      case 'Lqq':
        read.push(reader.unsigned(1));
        break;
      case 'Ibs':
      case 'Jb':
        read.push(reader.signed(1));
        break;
      case 'Iw':
        read.push(reader.unsigned(2));
        break;
      case 'Iz':
      case 'Jz':
        read.push(reader.signed(z));
        break;
      case 'Iv':
        read.push(reader.unsigned(size / 8));
        break;
      case 'Ap':
        read.push(reader.unsigned(size / 8), reader.unsigned(2));
        break;
      default:
        // An offset: Ob, Ov.
        read.push(reader.unsigned(address / 8));
    }
  }
  return read;
};

const none: readonly bigint[] = [];
