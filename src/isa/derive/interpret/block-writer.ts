/** Writes blocks from bytes of code: by templates as far as there are some, and else by decoding. */
import { highOf, lowOf } from '../../runtime/halves.ts';
import type { Encoding } from '../../spec/row.ts';
import { decode } from '../decode/decode.ts';
import type { Instruction } from '../decode/instruction.ts';
import { longest, TooLong, TooShort } from '../decode/reader.ts';
import type { Table } from '../decode/table.ts';
import { Beginning } from './beginning.ts';
import { Filling } from './filling.ts';
import { endsBlock, type Mode, type Predecoder, writeFirst, writeLast, writeRecord } from './predecode.ts';
import { Record } from './record.ts';
import { Templates } from './templates.ts';

/** Why there is no block: nothing that can be decoded, an instruction of too many bytes, or one that goes on where there is no code. */
export type Undecodable = 'ud' | 'gp' | 'short';

export interface Wanted {
  /** Where it begins: an offset in the code segment. */
  readonly rip: bigint;
  readonly mode: Mode;
  /** Of code, in linear memory or elsewhere. */
  readonly bytes: Uint8Array;
  /** How many of them are in its first page: what goes on in the next one is a block by itself. */
  readonly inFirst: number;
  /** Instructions. */
  readonly most: number;
  /** After being led to so often it is told as hot, 0: never. */
  readonly heat: number;
  /** Whether no block goes beyond so many bytes from where it begins. */
  readonly isStop: ((offset: number) => boolean) | undefined;
}

/** What instructions of a mode have in common: `Templates.numbers`. */
export interface Learned {
  readonly mode: Mode;
  readonly numbers: Int32Array<ArrayBuffer>;
}

export class BlockWriter {
  readonly #memory: DataView;
  readonly #filling: Filling;
  readonly #table: Table<Encoding>;
  readonly #predecoder: Predecoder;
  readonly #templates = new Map<Mode, Templates>();
  readonly #beginning = new Beginning();
  /** Where it begins, by halves: the low one isn't signed. */
  #low = 0;
  #high = 0;
  /** Of the last block. */
  instructions = 0;
  bytes = 0;
  /** Of the last instruction: its bytes, and whether a block ends with it. */
  #length = 0;
  #ends = false;

  /** `memory`: all of linear memory. */
  constructor(memory: DataView, table: Table<Encoding>, predecoder: Predecoder) {
    this.#memory = memory;
    this.#filling = new Filling(memory);
    this.#table = table;
    this.#predecoder = predecoder;
  }

  /** What begins there, as far as the next branch, the end of the page, or so many instructions; `instructions` and `bytes` have how much that is. */
  write(at: number, wanted: Wanted): Undecodable | undefined {
    const { rip, mode, inFirst, most, heat, isStop } = wanted;
    const templates = this.#templatesOf(mode);
    this.#low = lowOf(rip) >>> 0;
    this.#high = highOf(rip);
    let count = 0;
    let offset = 0;
    while (count < most && (offset < inFirst || count === 0)) {
      if (count > 0 && isStop?.(offset) === true) break;
      const why = this.#next(at + (count + 1) * Record.size, templates, wanted, offset);
      if (why !== undefined && count === 0) return why;
      const after = offset + this.#length;
      if (why !== undefined || (after > inFirst && count > 0)) break;
      offset = after;
      count++;
      if (this.#ends) break;
    }
    this.instructions = count;
    this.bytes = offset;
    for (let left = count; left > 0; left--) this.#memory.setUint8(at + (count - left + 1) * Record.size + Record.left, left);
    const end = this.#low + offset;
    const isLong = mode.code === 64;
    const endHigh = isLong ? this.#high + (end > 0xffff_ffff ? 1 : 0) : 0;
    writeFirst(this.#memory, at, { low: this.#low, high: this.#high, isLong, instructions: count, heat });
    writeLast(this.#memory, at + (count + 1) * Record.size, { low: end, high: endHigh, isLong });
    return undefined;
  }

  /** What it has learned of each mode. */
  get learned(): readonly Learned[] {
    return [...this.#templates].map(([mode, { numbers }]) => ({ mode, numbers }));
  }

  /** With what another one has, before it writes anything. */
  begin(learned: readonly Learned[]): void {
    for (const { mode, numbers } of learned) this.#templatesOf(mode).begin(numbers);
  }

  #templatesOf(mode: Mode): Templates {
    const known = this.#templates.get(mode);
    if (known !== undefined) return known;
    const made = new Templates(mode, this.#table, this.#predecoder);
    this.#templates.set(mode, made);
    return made;
  }

  /** Writes the record of what stands so many bytes behind the beginning. */
  #next(place: number, templates: Templates, wanted: Wanted, offset: number): Undecodable | undefined {
    const { bytes } = wanted;
    if (bytes.buffer !== this.#memory.buffer) return this.#decoded(place, templates, wanted, offset);
    const filling = this.#filling;
    const from = bytes.byteOffset - this.#memory.byteOffset;
    const low = this.#low + offset;
    const high = this.#high + (low > 0xffff_ffff ? 1 : 0);
    const isWhole = filling.fill(place, templates, from + offset, from + bytes.length, low | 0, high | 0);
    if (isWhole === undefined || filling.length > longest) return this.#decoded(place, templates, wanted, offset);
    if (!isWhole) return 'short';
    this.#length = filling.length;
    this.#ends = filling.ends;
    return undefined;
  }

  #decoded(place: number, templates: Templates, { rip, mode, bytes }: Wanted, offset: number): Undecodable | undefined {
    const instruction = instructionAt(this.#table, bytes, offset, mode);
    if (typeof instruction === 'string') return instruction;
    this.#length = instruction.lengthBytes;
    this.#ends = endsBlock(this.#predecoder, instruction);
    const next = BigInt.asUintN(mode.code === 64 ? 64 : 32, rip + BigInt(offset + this.#length));
    writeRecord(this.#memory, place, this.#predecoder, { instruction, next }, mode);
    const beginning = this.#beginning;
    if (beginning.read(bytes, offset, mode.code === 64))
      templates.learn(beginning.prefixes, beginning.opcode, bytes[beginning.at] ?? 0, instruction);
    return undefined;
  }
}

/** Throws nothing of what bytes may say. */
export const instructionAt = (table: Table<Encoding>, bytes: Uint8Array, at: number, mode: Mode): Instruction<Encoding> | Undecodable => {
  try {
    const decoded = decode(table, bytes, at, mode.code);
    return decoded.form === undefined ? 'ud' : decoded;
  } catch (error) {
    if (error instanceof TooLong) return 'gp';
    if (error instanceof TooShort) return 'short';
    throw error;
  }
};
