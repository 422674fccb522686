/**
 * Rows of the specification, in the manual's letters: SDM Vol. 2, 3.1.1 and appendix A.2.
 *
 *     encoding | operands | attributes
 *     [NP|66|F2|F3|NFx] [0F|0F38|0F3A] opcode[+r|+cc] [/r|/digit|second byte[+i]] [ib|iw|iz|…]
 *     VEX.[L0|L1|LIG|LZ].[NP|66|F2|F3].[0F|0F38|0F3A].[W0|W1|WIG] opcode …
 *
 * Attributes: `o64` and `i64`, only in and not in 64-bit mode · `d64`, 64 bits by default there, never 32 · `f64`, always 64 there · `lock`, may be locked when
 * its destination is memory · `rep`, `repe`, may be repeated (so long as ZF says so) · `v`, its operand size matters though no operand shows it; `z`, 16 or 32 bits of it · `a`, so does its
 * address size · `b0`, only without REX.B · `w0` and `w1`, only without and with
 * REX.W · `early`, each number in ModRM.reg is a form of its own · `u`, its vector in
 * memory may stand unaligned · `aligned`, it may not after VEX either · `vsibx` and `vsiby`, a
 * vector of 128 or 256 bits is the index of its address.
 */
import type { FeatureName } from './feature.ts';
import type { Op } from './op.ts';

export type Map = 'one' | '0F' | '0F38' | '0F3A';
export type Prefix = 'any' | 'NP' | '66' | 'F2' | 'F3' | 'NFx';

export interface Vex {
  /** Vector length, where it matters. */
  readonly length: 'L0' | 'L1' | 'LIG' | 'LZ';
  readonly w: 'W0' | 'W1' | 'WIG';
}

/** What a row says, which is all that decoding and predecoding know of it. */
export interface Encoding {
  /** The row as it stands in the specification. */
  readonly text: string;
  /** What CPUID must tell for it to be there. */
  readonly feature: FeatureName | undefined;
  readonly map: Map;
  readonly prefix: Prefix;
  readonly vex: Vex | undefined;
  readonly opcode: number;
  /** How many opcodes, or second bytes, it takes: 8 of +r and +i, 16 of +cc. */
  readonly span: 1 | 8 | 16;
  readonly modrm: 'none' | 'any' | { readonly digit: number } | { readonly byte: number };
  readonly operands: readonly string[];
  readonly attributes: ReadonlySet<string>;
  /** Operand sizes that make a difference; 0 where there is none. */
  readonly sizes: readonly OperandSize[];
}

/** With what it does. */
export interface Form extends Encoding {
  readonly op: Op;
}

export type OperandSize = 0 | 16 | 32 | 64;

const maps: Readonly<Record<string, Map>> = { '0F': '0F', '0F38': '0F38', '0F3A': '0F3A' };
const attributes = new Set([
  'o64',
  'i64',
  'd64',
  'f64',
  'lock',
  'rep',
  'repe',
  'v',
  'z',
  'a',
  'b0',
  'w0',
  'w1',
  'early',
  'u',
  'aligned',
  'vsibx',
  'vsiby',
]);

/** Throws where a row can't be read: a defect of the specification. */
export const formsOf = (op: Op): readonly Form[] => op.rows.map((text) => formOf(op, text));

const formOf = (op: Op, text: string): Form => {
  const [encoding = '', operandList = '', attributeList = ''] = text.split('|').map((part) => part.trim());
  const words = encoding.split(/\s+/);
  const operands = operandList === '' ? [] : operandList.split(/\s*,\s*/);
  const given = new Set(attributeList.split(/\s+/).filter((word) => word !== ''));
  for (const word of given) if (!attributes.has(word)) throw new Error(`no attribute is called ${word}: ${text}`);
  const { prefix, map, vex } = leading(words);
  const [hex = '', plus] = (words.shift() ?? '').split('+');
  const opcode = Number.parseInt(hex, 16);
  if (!/^[0-9A-F]{2}$/.test(hex)) throw new Error(`"${hex}" is no opcode: ${text}`);
  const { modrm, isEight } = trailing(words, text);
  const span = plus === 'cc' ? 16 : plus === 'r' || isEight ? 8 : 1;
  const form: Form = {
    op,
    text,
    feature: undefined,
    map,
    prefix,
    vex,
    opcode,
    span,
    modrm,
    operands,
    attributes: given,
    sizes: sizesOf(operands, given),
  };
  const { feature } = op;
  return feature === undefined ? form : { ...form, feature: typeof feature === 'string' ? feature : feature(form) };
};

/** Takes the words before the opcode. */
const leading = (words: string[]): Pick<Form, 'prefix' | 'map' | 'vex'> => {
  if (words[0]?.startsWith('VEX.')) {
    const [, length = '', prefix = '', map = '', w = ''] = (words.shift() ?? '').split('.');
    const found = maps[map];
    if (found === undefined) throw new Error(`no opcode map is called ${map}`);
    return { prefix: prefix as Prefix, map: found, vex: { length, w } as Vex };
  }
  let prefix: Prefix = 'any';
  if (/^(NP|66|F2|F3|NFx)$/.test(words[0] ?? '') && words.length > 1) prefix = words.shift() as Prefix;
  const map = words.length > 1 ? maps[words[0] ?? ''] : undefined;
  if (map !== undefined) words.shift();
  return { prefix, map: map ?? 'one', vex: undefined };
};

/** Takes the words after the opcode. What an immediate's word says, its operand says, too. */
const trailing = (words: readonly string[], text: string): { readonly modrm: Form['modrm']; readonly isEight: boolean } => {
  let modrm: Form['modrm'] = 'none';
  let isEight = false;
  for (const word of words) {
    const byte = /^([0-9A-F]{2})(\+i)?$/.exec(word);
    if (word === '/r') modrm = 'any';
    else if (/^\/[0-7]$/.test(word)) modrm = { digit: Number(word[1]) };
    else if (byte) {
      modrm = { byte: Number.parseInt(byte[1] ?? '', 16) };
      isEight = byte[2] !== undefined;
    } else if (!/^(ib|iw|id|iz|iv|cb|cz|cp|mo|is4)$/.test(word)) throw new Error(`"${word}" can't be read: ${text}`);
  }
  return { modrm, isEight };
};

/** `v`, `z`, `p` and the accumulators follow the operand size, `y` whether it is 64 bits. */
const sizesOf = (operands: readonly string[], given: ReadonlySet<string>): readonly OperandSize[] => {
  if (given.has('z')) return [16, 32];
  if (given.has('f64') && operands.some((code) => /y$/.test(code))) return [32, 64];
  if (operands.some((code) => /[vzpa]s?$|^[er]AX$/.test(code)) || ['v', 'd64', 'f64'].some((word) => given.has(word)))
    return given.has('i64') || operands.includes('eAX') ? [16, 32] : [16, 32, 64];
  return operands.some((code) => /y$/.test(code)) ? [32, 64] : [0];
};
