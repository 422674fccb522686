/** Compares the interpreter with the host's processor: random instructions of each form, with random operands. */

import { type Dice, sample } from '../../src/isa/derive/assemble/sample.ts';
import { decode, isVsib } from '../../src/isa/derive/decode/decode.ts';
import { type Instruction, repetitionOf } from '../../src/isa/derive/decode/instruction.ts';
import { arithmeticFlags, Eflags, Mxcsr } from '../../src/isa/runtime/state.ts';
import type { Op } from '../../src/isa/spec/op.ts';
import { type Form, formsOf } from '../../src/isa/spec/row.ts';
import { areAlike, comparedFlags, flagsNamed } from './alike.ts';
import { anyWord, diceOf } from './dice.ts';
import type { Emulated } from './emulated.ts';
import { type Case, codeAt, dataAt, lowDataAt, type Result, runNatively, vectorBytes } from './native.ts';
import { dataBytes, pieceCount, pieceOf, pieces } from './pieces.ts';
import { Translated } from './translated.ts';
import { anyX87, differenceOfX87, initialX87, usesX87, wordsOfX87 } from './x87.ts';

export interface Comparison {
  readonly runs: number;
  readonly faults: number;
  /** Of the runs: what a translation did. */
  readonly translated: number;
  /** What differs, in words; the first few. */
  readonly differences: readonly string[];
  readonly differing: number;
}

const batch = 20_000;
const [rsi, rdi] = [6, 7];

/** Runs each form of these instructions so often, in modes 64 and 32: by the interpreter, or as translations as far as there are any. */
export const compareWithHost = (
  emulated: Emulated,
  family: readonly Op[],
  runsPerForm: number,
  seed: number,
  how: 'interpreted' | 'translated' = 'interpreted',
): Comparison => {
  const roll = diceOf(seed);
  const before = emulated.translated.runs;
  const differences: string[] = [];
  let [runs, faults, differing] = [0, 0, 0];
  let pending: { readonly form: Form; readonly one: Case }[] = [];
  const flush = (): void => {
    const natives = runNatively(pending.map(({ one }) => one));
    for (const [index, { form, one }] of pending.entries()) {
      if (how === 'translated' && index % Translated.most === 0)
        emulated.translate(pending.slice(index, index + Translated.most).map((each) => each.one));
      const native = natives[index];
      if (native === undefined) throw new Error('a case has no result');
      const ours = emulated.run(one);
      runs++;
      // AMD's MXCSR has a bit that others reserve: MM, in AMD64 APM Vol. 2, 11.5.10. We do as Intel does.
      if ((native.mxcsr & (1 << 17)) !== 0) continue;
      if (native.trap !== 1 && native.trap !== 3) faults++;
      if (areAlike(one, native, ours)) continue;
      const { isSplit, isUnlike } = imageOf(emulated, one);
      if (isSplit) continue;
      const difference = differenceOf(form, one, native, ours, isUnlike);
      // The last: what is told of ours holds until the next run.
      if (difference === undefined || isOtherFault(emulated, form, one, native, ours)) continue;
      differing++;
      if (differences.length < 12) differences.push(`${form.text}: ${describe(one)}: ${difference}`);
    }
    pending = [];
  };
  for (const form of family.flatMap(formsOf))
    for (let count = 0; count < runsPerForm; count++) {
      const mode = form.attributes.has('i64') || roll(4) === 0 ? 32 : 64;
      const code = sample(form, { mode, isMemory: roll(2) === 0 }, roll);
      if (code === undefined) continue;
      pending.push({ form, one: caseOf(emulated, Uint8Array.from(code), mode, roll) });
      if (pending.length === batch) flush();
    }
  flush();
  return { runs, faults, translated: emulated.translated.runs - before, differences, differing };
};

/** Registers of all kinds, of which those that an address is made of lead to the data more often than not. */
const caseOf = (emulated: Emulated, code: Uint8Array, mode: 64 | 32, roll: Dice): Case => {
  const piece = roll(pieceCount);
  const registers = BigUint64Array.from({ length: 17 }, () => anyWord(roll));
  if (mode === 32)
    for (let number = 0; number < 16; number++) registers[number] = number < 8 ? BigInt.asUintN(32, registers[number] ?? 0n) : 0n;
  for (const number of [4, 5, 6, 7]) if (roll(8) > 0) registers[number] = somewhere(roll);
  const decoded = decode(emulated.table, Uint8Array.from([...code, ...new Array(16).fill(0xcc)]), 0, mode);
  const isRepeated = decoded.form !== undefined && repetitionOf(decoded) !== undefined;
  // Mostly as often as ends within the data, and beyond the number of steps after which we give control back.
  if (isRepeated && roll(8) > 0) registers[1] = BigInt(roll(roll(4) === 0 ? 600 : 40));
  if (decoded.form !== undefined && roll(10) > 0) {
    const place = somewhere(roll);
    direct(decoded, registers, mode, place);
    directAbsolute(decoded, code, place);
    if (roll(4) === 0) expect(registers, pieceOf(piece), Number(place - dataAt), mode, roll);
  }
  // A repeated instruction would be trapped after each step: the breakpoint behind it ends those.
  const others = Eflags.one | Eflags.if | (isRepeated ? 0 : Eflags.tf);
  registers[16] = BigInt((roll(2 ** 12) & arithmeticFlags) | (roll(4) === 0 ? Eflags.df : 0) | others);
  const x87 = decoded.form !== undefined && usesX87(decoded.form) ? anyX87(roll) : initialX87;
  const from = 16 * roll((pieces.length - vectorBytes) / 16);
  const isSpread = decoded.form !== undefined && isVsib(decoded.form) && roll(8) > 0;
  const vectors = isSpread ? pieces.slice(from, from + vectorBytes) : pieces.subarray(from, from + vectorBytes);
  if (isSpread) spread(decoded, vectors, roll);
  return { code, registers, vectors, mxcsr: anyMxcsr(roll), x87, piece, mode };
};

/** As after reset more often than not, with what is usually told already or without it; else with any rounding, and an exception unmasked at times. */
const anyMxcsr = (roll: Dice): number => {
  if (roll(3) > 0) return Mxcsr.initial | (roll(2) === 0 ? Mxcsr.pe : 0);
  const control = roll(2 ** 16) & (Mxcsr.rc | Mxcsr.fz | Mxcsr.daz);
  return control | (roll(8) === 0 ? roll(64) << 7 : Mxcsr.masks) | (roll(8) === 0 ? roll(64) : 0);
};

/** In the data, and at times about the page behind it, which can only be read. */
const somewhere = (roll: Dice): bigint =>
  dataAt + (roll(24) === 0 ? 4088n : 0n) + BigInt(roll(2) === 0 ? 16 * roll(dataBytes / 16) : roll(dataBytes));

/** Small indices in the vector that is one, so that most of what they lead to is in the data. */
const spread = ({ form, memory }: Instruction, vectors: Uint8Array, roll: Dice): void => {
  const bytes = Number(/gatherd|gatherq/.exec(String(form.op.name))?.[0] === 'gatherd' ? 4 : 8);
  const view = new DataView(vectors.buffer, 32 * (memory?.index ?? 0), 32);
  for (let at = 0; at < 32; at += bytes) {
    const index = (roll(dataBytes) - dataBytes / 4) >> (memory?.shift ?? 0);
    if (bytes === 4) view.setInt32(at, index, true);
    else view.setBigInt64(at, BigInt(index), true);
  }
};

/** Sets a register so that the address is this place. */
const direct = ({ form, memory }: Instruction, registers: BigUint64Array, mode: 64 | 32, place: bigint): void => {
  if (memory === undefined) return;
  const { base, shift, displacement } = memory;
  const index = isVsib(form) ? undefined : memory.index;
  const indexed = index === undefined ? 0n : (registers[index] ?? 0n) << BigInt(shift);
  const wanted = place - displacement;
  if (base !== undefined && base !== index) registers[base] = BigInt.asUintN(mode, wanted - indexed);
  else if (base === undefined && index !== undefined && shift === 0) registers[index] = BigInt.asUintN(mode, wanted);
};

/** The same where the code has the address: offsets of MOV, and displacements without a register. */
const directAbsolute = ({ form, memory, immediates, lengthBytes, address }: Instruction, code: Uint8Array, place: bigint): void => {
  const isOffset = form.operands.some((operand) => operand.startsWith('O'));
  const isDisplacement = memory !== undefined && memory.base === undefined && memory.index === undefined && memory.displacementBytes === 4;
  if (address === 16 || !(isOffset || isDisplacement)) return;
  const bytes = isOffset ? address / 8 : 4;
  const old = isOffset ? (immediates[0] ?? 0n) : (memory?.displacement ?? 0n);
  const wanted = place - (memory?.isRipRelative ? codeAt + BigInt(lengthBytes) : 0n);
  const encoded = (value: bigint): number[] => Array.from({ length: bytes }, (_, at) => Number(BigInt.asUintN(8, value >> BigInt(8 * at))));
  const at = code.findLastIndex((_, from) => encoded(old).every((byte, offset) => code[from + offset] === byte));
  if (at >= 0) code.set(encoded(wanted), at);
};

/** Sets rDX:rAX to what is at a place, as comparisons before an exchange hope for: two words, or the halves of one. */
const expect = (registers: BigUint64Array, data: Uint8Array, at: number, mode: 64 | 32, roll: Dice): void => {
  const word = (from: number): bigint =>
    from + 8 <= dataBytes ? new DataView(data.buffer, data.byteOffset + from).getBigUint64(0, true) : 0n;
  registers[0] = BigInt.asUintN(mode, word(at));
  registers[2] = roll(2) === 0 ? BigInt.asUintN(mode, word(at + 8)) : word(at) >> 32n;
};

const names = ['rax', 'rcx', 'rdx', 'rbx', 'rsp', 'rbp', 'rsi', 'rdi', 'r8', 'r9', 'r10', 'r11', 'r12', 'r13', 'r14', 'r15'];

const differenceOf = (
  form: Form,
  { mode, piece, registers }: Case,
  native: Result,
  ours: Result,
  isUnlike: (at: number) => boolean,
): string | undefined => {
  const { relativeError = 0 } = form.op;
  const said: string[] = [];
  const note = (what: string, host: bigint | number, mine: bigint | number): void => {
    if (host !== mine) said.push(`${what} is ${host.toString(16)} on the host and ${mine.toString(16)} here`);
  };
  // The trap after one instruction may also be the breakpoint behind it.
  // A gather that a fault leaves half done is trapped first.
  const isHalfDone = isVsib(form) && native.trap === 1 && native.rip === codeAt;
  if (!isHalfDone) note('vector', native.trap === 3 ? 1 : native.trap, ours.trap);
  note('rip', native.trap === 3 ? native.rip - 1n : native.rip, ours.rip);
  // Linux says of its own half that it is there: linux v6.6 arch/x86/mm/fault.c, set_signal_archinfo.
  if (native.trap !== 3 && !isHalfDone) note('error code', native.error & ~1, ours.error & ~1);
  for (const [number, name] of names.entries()) {
    // Out of 32-bit code, the upper halves are nobody's.
    if (mode === 32 && number >= 8) continue;
    const bits = (word = 0n): bigint => (mode === 32 ? BigInt.asUintN(32, word) : word);
    note(name, bits(native.registers[number]), bits(ours.registers[number]));
  }
  // Each of those that are unlike is as here, or as it was, and all of them in the same way.
  const unlike = flagsNamed(form.op.unlikeFlags);
  const isLeft = unlike !== 0 && (Number(native.registers[16]) & unlike) === (Number(registers[16]) & unlike);
  const flags = (word = 0n): number => Number(word) & comparedFlags & ~(isLeft ? unlike : 0);
  note('flags', flags(native.registers[16]), flags(ours.registers[16]));
  for (let number = 0; number < (mode === 32 ? 8 : 16); number++) {
    if (areSame(native.vectors, ours.vectors, 32 * number, 32)) continue;
    if (relativeError > 0 && areNear(native.vectors, ours.vectors, 32 * number, relativeError)) continue;
    const [host, mine] = [hexOf(native.vectors, number), hexOf(ours.vectors, number)];
    said.push(`ymm${number} is ${host} on the host and ${mine} here`);
  }
  note('mxcsr', native.mxcsr, ours.mxcsr);
  said.push(...differenceOfX87(native.x87, ours.x87, form.op));
  // Some processors have written a part when a fault comes; here nothing is.
  const before = native.trap === ours.trap && native.trap !== 1 ? pieceOf(piece) : undefined;
  const isUnwritten = before !== undefined && ours.data.every((byte, at) => byte === before[at]);
  const at = isUnwritten ? -1 : native.data.findIndex((byte, place) => byte !== ours.data[place] && !isUnlike(place));
  if (at >= 0) note(`data at ${at}`, native.data[at] ?? 0, ours.data[at] ?? 0);
  return said.length === 0 ? undefined : said.join(', ');
};

const areSame = (a: Uint8Array, b: Uint8Array, from: number, bytes: number): boolean => {
  for (let at = from; at < from + bytes; at++) if (a[at] !== b[at]) return false;
  return true;
};

/** Both of what it compares fault: which one first, is the processor's own. With a place for the other one, all here is as on the host. */
const isOtherFault = (emulated: Emulated, form: Form, one: Case, native: Result, ours: Result): boolean => {
  const [left = '', right = ''] = form.operands;
  if (ours.trap === 1 || !left.startsWith('X') || !right.startsWith('Y')) return false;
  return [rsi, rdi].some((number) => {
    const other = emulated.run({ ...one, registers: one.registers.with(number, dataAt) });
    const registers = other.registers.with(number, one.registers[number] ?? 0n);
    return other.trap !== 1 && differenceOf(form, one, native, { ...other, registers }, () => false) === undefined;
  });
};

/** What of an image or a number of 80 bits in memory isn't compared. */
interface Image {
  /** It is beyond the last address in part: which part faults first, is the processor's own. */
  readonly isSplit: boolean;
  /** Places of the data that processors fill each their own way. */
  isUnlike(at: number): boolean;
}

const largestImage = 512n;

const imageOf = (emulated: Emulated, { code, registers, mode }: Case): Image => {
  const decoded = decode(emulated.table, Uint8Array.from([...code, ...new Array(16).fill(0xcc)]), 0, mode);
  const ranges = decoded.form?.op.unlikeBytes?.(decoded.size) ?? [];
  const isLarge = ranges.length > 0 || decoded.form?.operands.includes('Mt') === true;
  if (!isLarge || decoded.form === undefined || decoded.memory === undefined) return { isSplit: false, isUnlike: () => false };
  const { base, index, shift, displacement, isRipRelative } = decoded.memory;
  const registerOf = (number: number | undefined): bigint => (number === undefined ? 0n : (registers[number] ?? 0n));
  const next = isRipRelative ? codeAt + BigInt(decoded.lengthBytes) : 0n;
  const linear = BigInt.asUintN(decoded.address, registerOf(base) + (registerOf(index) << BigInt(shift)) + displacement + next);
  const start = Number(linear - (linear < dataAt ? lowDataAt : dataAt));
  // Where addresses end: 48 bits of them have a sign.
  const half = (address: bigint): bigint => (mode === 32 ? address >> 32n : BigInt.asUintN(64, address) >> 47n);
  return {
    isSplit: half(linear) !== half(linear + largestImage),
    isUnlike: (at) => ranges.some(([from, bytes]) => at >= start + from && at < start + from + bytes),
  };
};

/** Single numbers, each as near as it has to be. */
const areNear = (a: Uint8Array, b: Uint8Array, from: number, relativeError: number): boolean => {
  const [left, right] = [a, b].map((bytes) => new DataView(bytes.buffer, bytes.byteOffset + from, 32));
  return [0, 4, 8, 12, 16, 20, 24, 28].every((at) => {
    if (left === undefined || right === undefined) return false;
    const [p, q] = [left.getFloat32(at, true), right.getFloat32(at, true)];
    // A number next to the least normal one is that one or, flushed, a zero.
    const isLeast = Math.sign(p) * Math.sign(q) >= 0 && Math.max(Math.abs(p), Math.abs(q)) <= 2 ** -126 * (1 + 2 * relativeError);
    return left.getUint32(at, true) === right.getUint32(at, true) || isLeast || Math.abs(p - q) <= 2 * relativeError * Math.abs(q);
  });
};

/** A vector's 32 bytes, the highest first. */
const hexOf = (vectors: Uint8Array, number: number): string =>
  Array.from(vectors.subarray(32 * number, 32 * number + 32), (byte) => byte.toString(16).padStart(2, '0'))
    .reverse()
    .join('');

const describe = ({ code, registers, vectors, mxcsr, x87, mode }: Case): string =>
  `${mode} ${Array.from(code, (byte) => byte.toString(16).padStart(2, '0')).join(' ')} with ${Array.from(registers.entries(), ([number, word]) => `${names[number] ?? 'flags'}=${word.toString(16)}`).join(' ')} mxcsr=${mxcsr.toString(16)} ${wordsOfX87(x87)} ${Array.from({ length: 16 }, (_, number) => `ymm${number}=${hexOf(vectors, number)}`).join(' ')}`;
