/** Writes the records of a block. */
import { Segment, State, segmentPlace } from '../../runtime/state.ts';
import type { Size } from '../../spec/binding.ts';
import type { Encoding } from '../../spec/row.ts';
import { type Instruction, repetitionOf } from '../decode/instruction.ts';
import type { Choice, Circumstance, HandlerIndex } from './choice.ts';
import { fieldsOf, placeOf } from './fields.ts';
import { Plain, Record, Way } from './record.ts';

/** What of the processor's mode the code depends on. */
export interface Mode {
  readonly code: Size;
  readonly stack: Size;
  /** Whether those but FS and GS begin at 0, end nowhere, and allow all. */
  readonly isFlat: boolean;
  /** Whether vectors may be used, or which fault it is to try. */
  readonly vectors: 'allowed' | 'nm' | 'ud';
  /** The same of their instructions with VEX; `none` where VEX means nothing. */
  readonly wide: 'allowed' | 'nm' | 'ud' | 'none';
}

/** An instruction and the address of the one after it. */
export interface Placed {
  readonly instruction: Instruction<Encoding>;
  readonly next: bigint;
}

/** Bytes that a block of so many instructions takes. */
export const blockBytes = (instructions: number): number => (instructions + 2) * Record.size;

/** Writes a block that begins at a linear address and runs through these instructions, and is never told as hot. */
export const writeBlock = (
  memory: DataView,
  at: number,
  predecoder: Predecoder,
  { start, placed, mode }: { readonly start: bigint; readonly placed: readonly Placed[]; readonly mode: Mode },
): void => {
  const isLong = mode.code === 64;
  writeFirst(memory, at, { ...halvesOf(start), instructions: placed.length, heat: 0, isLong });
  let place = at + Record.size;
  for (const [index, one] of placed.entries()) {
    writeRecord(memory, place, predecoder, one, mode);
    memory.setUint8(place + Record.left, placed.length - index);
    place += Record.size;
  }
  const { low, high } = halvesOf(placed.at(-1)?.next ?? start);
  writeLast(memory, place, { low, high, isLong });
};

const halvesOf = (address: bigint): { readonly low: number; readonly high: number } => ({
  low: Number(BigInt.asUintN(32, address)),
  high: Number(BigInt.asUintN(32, address >> 32n)),
});

/** An address of two halves, of code of 64 bits or of fewer. */
interface Address {
  readonly low: number;
  readonly high: number;
  readonly isLong: boolean;
}

/** The first record of a block, which begins at an address: after being led to so often it is told as hot, 0: never. */
export const writeFirst = (
  memory: DataView,
  at: number,
  { low, high, isLong, instructions, heat }: Address & { readonly instructions: number; readonly heat: number },
): void => {
  const first = new RecordWriter(memory, at);
  first.u16(Record.handler, isLong ? Plain.begin : Plain.beginFlat);
  first.u32(Record.immediate, instructions);
  first.u32(Record.immediate + 4, 0);
  first.u32(Record.next, low);
  first.u32(Record.next + 4, high);
  first.u32(Record.heat, heat);
  first.u32(Record.entry, at + Record.size);
  first.u8(Record.length, 0);
  first.u8(Record.left, 0);
};

/** The last one, which leads to an address. */
export const writeLast = (memory: DataView, at: number, { low, high, isLong }: Address): void => {
  const last = new RecordWriter(memory, at);
  last.u16(Record.handler, isLong ? Plain.end : Plain.endFlat);
  last.u32(Record.immediate, low);
  last.u32(Record.immediate + 4, high);
  last.u32(Record.next, low);
  last.u32(Record.next + 4, high);
  last.u32(Record.link, 0);
  last.u8(Record.length, 0);
  last.u8(Record.left, 0);
};

/** Of an instruction, but for how many follow in its block. Throws where its form has no handler: a defect. */
export const writeRecord = (memory: DataView, at: number, predecoder: Predecoder, placed: Placed, mode: Mode): void => {
  const record = new RecordWriter(memory, at);
  writeInstruction(record, handlerOf(predecoder, placed.instruction, mode), placed, mode);
  record.u8(Record.cut, cutOf(placed.instruction, mode));
};

export const handlerOf = ({ handlers, numberOf }: Predecoder, instruction: Instruction<Encoding>, mode: Mode): number => {
  const { form } = instruction;
  const handler =
    forbidden(instruction, mode) ?? handlers.find(numberOf.get(form) ?? -1, form, choiceOf(instruction), circumstanceOf(instruction, mode));
  if (handler === undefined) throw new Error(`no handler runs ${form.text}`);
  return handler;
};

/** Record.cut. */
export const cutOf = (instruction: Instruction<Encoding>, mode: Mode): number =>
  (64 - instruction.address) | Way[circumstanceOf(instruction, mode).addressing];

/** What only faults, where an operating system keeps vectors to itself: SDM Vol. 2A, tables 2-21 to 2-23; Vol. 1, 14.3. */
export const forbidden = ({ form }: Instruction<Encoding>, { vectors, wide }: Mode): number | undefined => {
  if (form.vex !== undefined && wide === 'none') return Plain.ud;
  const which = form.vex === undefined ? vectors : wide;
  return which === 'allowed' || which === 'none' || !fieldsOf(form).usesVectors ? undefined : Plain[which];
};

/** Has a block of so many instructions give control back wherever it is. */
export const spoilBlock = (memory: DataView, at: number, instructions: number): void => {
  for (let record = 0; record < instructions + 2; record++) memory.setUint16(at + record * Record.size + Record.handler, Plain.stale, true);
  // More than any budget: whoever comes asks the first record's handler.
  memory.setUint32(at + Record.immediate, 0x7fff_ffff, true);
};

/** Has a block give control back before the instruction of this record; what is returned takes that back, and is called before the block is entered again. */
export const stopBefore = (memory: DataView, record: number): (() => void) => {
  const at = record + Record.handler;
  const handler = memory.getUint16(at, true);
  memory.setUint16(at, Plain.stale, true);
  return () => memory.setUint16(at, handler, true);
};

/** Has a block be elsewhere, also where that is partly where it was. Nothing leads to where it was any more. */
export const slideBlock = (memory: DataView, at: number, to: number, instructions: number): void => {
  const isEnteredUsually = memory.getUint32(at + Record.entry, true) === at + Record.size;
  new Uint8Array(memory.buffer, memory.byteOffset).copyWithin(to, at, at + blockBytes(instructions));
  if (isEnteredUsually) enterAt(memory, to);
};

/** Has a block be elsewhere; what is left of it leads there. */
export const moveBlock = (memory: DataView, at: number, to: number, instructions: number): void => {
  slideBlock(memory, at, to, instructions);
  spoilBlock(memory, at, instructions);
  forwardBlock(memory, at, to);
};

/** Has none of its branches lead straight to another block. */
export const unlinkBlock = (memory: DataView, at: number, instructions: number): void => {
  for (let record = 1; record < instructions + 2; record++) memory.setUint32(at + record * Record.size + Record.link, 0, true);
};

/** Has a block, once it is paid, go on with another record than its second; or with that again. */
export const enterAt = (memory: DataView, at: number, record = at + Record.size): void => memory.setUint32(at + Record.entry, record, true);

/** Writes a record that is no instruction's: it only goes on with a place in the table of handlers. */
export const writePlace = (memory: DataView, at: number, place: number): void => memory.setUint16(at + Record.handler, place, true);

/** Has a block that was spoiled lead to the one that took its place. */
export const forwardBlock = (memory: DataView, at: number, to: number): void => {
  const first = new RecordWriter(memory, at);
  first.u32(Record.link, to);
  first.u16(Record.handler, Plain.endFlat);
};

/** The most instructions a block may have: Record.left has 8 bits. */
export const longestBlock = 64;

/** Whether a block ends with it. */
export const endsBlock = ({ handlers, numberOf }: Predecoder, instruction: Instruction<Encoding>): boolean =>
  handlers.endsBlock(numberOf.get(instruction.form) ?? -1, choiceOf(instruction));

export interface Predecoder {
  readonly handlers: HandlerIndex;
  /** Numbers of forms. */
  readonly numberOf: ReadonlyMap<Encoding, number>;
}

/** Forms by where they are in the list: keys of handlers have that number. */
export const numbersOf = (forms: readonly Encoding[]): ReadonlyMap<Encoding, number> =>
  new Map(forms.map((form, number) => [form, number]));

export const choiceOf = (instruction: Instruction<Encoding>): Choice => {
  const { form, size, memory, condition, reg } = instruction;
  return {
    size,
    condition,
    repetition: repetitionOf(instruction),
    isMemory: memory !== undefined,
    early: fieldsOf(form).isEarly ? reg : undefined,
  };
};

export const circumstanceOf = (
  instruction: Instruction<Encoding>,
  { code, stack, isFlat }: Mode,
): Circumstance & { readonly addressing: keyof typeof Way } => {
  const segment = segmentOf(instruction);
  const isBased = code === 64 && (segment === Segment.fs || segment === Segment.gs);
  // Of the segments that mode tells of, code alone is never written, and may not be read.
  const isUsual = segment === Segment.es || segment === Segment.ss || segment === Segment.ds;
  const isPlain = code === 64 || (isFlat && isUsual && stack === 32 && instruction.address === 32);
  return { isLong: code === 64, stack, address: instruction.address, addressing: isBased ? 'based' : isPlain ? 'flat' : 'checked' };
};

/** The one that is named; else SS where the base is SP or BP, and DS: SDM Vol. 1, table 3-5. */
export const segmentOf = ({ prefixes, memory, address }: Instruction<Encoding>): Segment => {
  if (prefixes.segment !== undefined) return prefixes.segment;
  const { base } = memory ?? {};
  return base === 5 || (base === 4 && address !== 16) ? Segment.ss : Segment.ds;
};

const writeInstruction = (record: RecordWriter, handler: number, { instruction, next }: Placed, mode: Mode): void => {
  const { form, memory, reg, rm, vvvv, immediates, size, lengthBytes, prefixes } = instruction;
  const fields = fieldsOf(form);
  const hasRex = prefixes.rex !== undefined;
  record.u16(Record.handler, handler);
  record.u16(Record.reg, placeOf(fields.reg, reg, hasRex));
  record.u16(Record.rm, placeOf(fields.rm, rm, hasRex));
  record.u16(Record.vvvv, placeOf(fields.vvvv, vvvv, hasRex));
  const { base, index, shift = 0, displacement = 0n, isRipRelative = false } = memory ?? {};
  record.u16(Record.base, base === undefined ? State.zero : State.gpr + 8 * base);
  const isVector = fields.isVsib;
  record.u16(Record.index, index === undefined || isVector ? State.zero : State.gpr + 8 * index);
  record.u8(Record.shift, shift);
  record.u16(Record.segment, segmentPlace(segmentOf(instruction)));
  record.u64(Record.displacement, displacement + (isRipRelative ? next : 0n));
  const [first = 0n, second = 0n] = immediates;
  const { named } = fields;
  if (named !== undefined) record.u64(Record.immediate, BigInt(placeOf(named, (Number(first) >> 4) & (mode.code === 64 ? 15 : 7), hasRex)));
  else if (isVector) record.u64(Record.immediate, BigInt(State.vectors + 64 * (index ?? 0)));
  else record.u64(Record.immediate, fields.isRelative ? BigInt.asUintN(mode.code === 64 ? 64 : size, next + first) : first);
  // Those of x87 have no immediates, and want to be known by their opcode.
  record.u16(Record.second, fields.isX87 ? x87OpcodeOf(form, instruction.modrm) : Number(second));
  record.u8(Record.length, lengthBytes);
  record.u32(Record.link, 0);
  record.u64(Record.next, next);
};

/** SDM Vol. 1, 8.1.9. */
export const x87OpcodeOf = ({ opcode }: Encoding, modrm: number): number => ((opcode & 7) << 8) | modrm;

class RecordWriter {
  readonly #memory: DataView;
  readonly #at: number;

  constructor(memory: DataView, at: number) {
    this.#memory = memory;
    this.#at = at;
  }

  u8(offset: number, value: number): void {
    this.#memory.setUint8(this.#at + offset, value);
  }

  u16(offset: number, value: number): void {
    this.#memory.setUint16(this.#at + offset, value, true);
  }

  u32(offset: number, value: number): void {
    this.#memory.setUint32(this.#at + offset, value, true);
  }

  u64(offset: number, value: bigint): void {
    this.#memory.setBigUint64(this.#at + offset, BigInt.asUintN(64, value), true);
  }
}
