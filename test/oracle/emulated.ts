/** Runs single instructions on the interpreter, in a memory with a page of code and one of data, as the host's processor has them. */
import { decode } from '../../src/isa/derive/decode/decode.ts';
import { repetitionOf } from '../../src/isa/derive/decode/instruction.ts';
import { TooLong, TooShort } from '../../src/isa/derive/decode/reader.ts';
import { tableOf } from '../../src/isa/derive/decode/table.ts';
import { Homes, invalidPage, Layout, Tlb } from '../../src/isa/derive/interpret/memory.ts';
import { interpreterOf } from '../../src/isa/derive/interpret/module.ts';
import { type Mode, type Placed, writeBlock } from '../../src/isa/derive/interpret/predecode.ts';
import { Exit } from '../../src/isa/derive/interpret/record.ts';
import { engine } from '../../src/isa/runtime/engine.ts';
import { readFlags, writeFlags } from '../../src/isa/runtime/flags.ts';
import { exactFloat } from '../../src/isa/runtime/float.ts';
import { Segment, SegmentPart, State, segmentPlace } from '../../src/isa/runtime/state.ts';
import { x87Of } from '../../src/isa/runtime/x87.ts';
import type { Op } from '../../src/isa/spec/op.ts';
import { Cr0 } from '../../src/isa/spec/x87/begin.ts';
import { type Case, codeAt, dataAt, lowDataAt, type Result, vectorBytes } from './native.ts';
import { dataBytes, pieceOf } from './pieces.ts';
import { Translated } from './translated.ts';
import { loadX87, savedX87 } from './x87.ts';

const page = 4096;
const behind = Homes.end;
/** The page behind the data stays zeros. */
const Place = { block: behind, data: behind + 2 * page, code: behind + 4 * page, translated: behind + 5 * page, page } as const;
const [invalidOpcode, stackFault, generalProtection, pageFault] = [6, 12, 13, 14];

const modeOf = (mode: 64 | 32): Mode => ({ code: mode, stack: mode, isFlat: true, vectors: 'allowed', wide: 'allowed' });

const generalBytes = 16 * 8;

/** Where a word of 32 bits of YMM registers that stand one behind the other is in the state, in words. */
const placeOf = (word: number): number => State.vectors / 4 + 16 * (word >> 3) + (word & 7);

export class Emulated {
  readonly table;
  readonly #memory = new engine.Memory({ initial: Math.ceil((Place.translated + Translated.bytes) / 65_536) });
  readonly #view = new DataView(this.#memory.buffer);
  readonly #bytes = new Uint8Array(this.#memory.buffer);
  readonly #words = new Uint32Array(this.#memory.buffer);
  /** Of the last result. */
  readonly #registers = new BigUint64Array(17);
  readonly #vectorWords = new Uint32Array(vectorBytes / 4);
  readonly #interpreter;
  readonly #run: (record: number) => number;
  readonly translated: Translated;
  #mode: 64 | 32 = 64;

  constructor(isa: readonly Op[]) {
    this.table = tableOf(isa);
    this.#interpreter = interpreterOf(this.table.forms);
    const float = exactFloat(this.#view);
    const x87 = x87Of(this.#view);
    const instance = new engine.Instance(new engine.Module(this.#interpreter.bytes), {
      host: {
        memory: this.#memory,
        open: (linear: bigint, bytes: number, write: number, segment: number) =>
          this.#open(BigInt.asUintN(64, linear), bytes, write, segment),
        close: () => this.#close(),
        fill: () => 0,
        copy: () => 0,
        service: () => {
          throw new Error('no service is asked for here');
        },
        float,
        x87,
        segment: (segment: number, offset: bigint, bytes: number) => this.#segment(segment, BigInt.asUintN(64, offset), bytes),
      },
    });
    this.#run = instance.exports['run'] as (record: number) => number;
    this.translated = new Translated({
      ...{ instance, interpreter: this.#interpreter, forms: this.table.forms, view: this.#view, place: Place.translated },
      imports: { memory: this.#memory, float, x87 },
    });
    for (let entry = 0; entry < 2 * Tlb.entries; entry++)
      this.#view.setBigUint64(Layout.readable + Tlb.entryBytes * entry, BigInt(invalidPage(entry % Tlb.entries)), true);
    // No block is known, wherever a branch leads: no entry of zeros is of this circumstance.
    this.#view.setBigUint64(State.circumstance, 1n << 58n, true);
    // Nearly all accesses are within the page: they take the fast path.
    for (const table of [Layout.readable, Layout.writable]) {
      const entry = table + Tlb.entryBytes * Number((dataAt >> 12n) & BigInt(Tlb.entries - 1));
      this.#view.setBigUint64(entry, dataAt, true);
      this.#view.setUint32(entry + 8, Place.data, true);
    }
  }

  get bytes(): number {
    return this.#interpreter.bytes.length;
  }

  /** Has what these run translated, instead of what was before: `run` has each of them run so. */
  translate(cases: readonly Case[]): void {
    this.translated.make(
      cases.flatMap((key) => {
        const placed = this.#placed(key.code, key.mode);
        return typeof placed === 'number' ? [] : [{ key, placed, mode: modeOf(key.mode) }];
      }),
    );
  }

  /** Its arrays hold until the next one. */
  run(one: Case): Result {
    const { code, registers, vectors, mxcsr, x87, piece, mode } = one;
    const view = this.#view;
    this.#bytes.set(new Uint8Array(registers.buffer, registers.byteOffset, generalBytes), State.gpr);
    writeFlags(view, Number(registers[16] ?? 0n));
    view.setUint32(State.fault, 0, true);
    view.setUint32(State.error, 0, true);
    view.setUint32(State.cpl, 3, true);
    view.setBigUint64(State.addressHalf, 1n << 47n, true);
    view.setUint32(segmentPlace(Segment.cs) + SegmentPart.limit, 0xffff_ffff, true);
    this.#loadVectors(vectors);
    view.setUint32(State.mxcsr, mxcsr, true);
    view.setUint32(State.cr0, Cr0.pe | Cr0.ne, true);
    loadX87(view, x87);
    this.#bytes.set(pieceOf(piece), Place.data);
    this.#bytes.fill(0, Place.data + dataBytes, Place.data + Place.page);
    this.#bytes.fill(0, Place.code, Place.code + Place.page);
    this.#bytes.fill(0xcc, Place.code, Place.code + 16);
    this.#bytes.set(code, Place.code);
    view.setInt32(State.budget, 1, true);
    this.#mode = mode;
    const outcome = this.#step(one);
    const registersAfter = this.#registers;
    new Uint8Array(registersAfter.buffer).set(this.#bytes.subarray(State.gpr, State.gpr + generalBytes));
    registersAfter[16] = BigInt(readFlags(view));
    return {
      registers: registersAfter,
      vectors: this.#vectors(),
      mxcsr: view.getUint32(State.mxcsr, true),
      x87: savedX87(view),
      rip: view.getBigUint64(State.rip, true),
      ...outcome,
      data: this.#bytes.subarray(Place.data, Place.data + dataBytes),
    };
  }

  #loadVectors(vectors: Uint8Array): void {
    const from = new Uint32Array(vectors.buffer, vectors.byteOffset, vectorBytes / 4);
    for (let word = 0; word < from.length; word++) this.#words[placeOf(word)] = from[word] ?? 0;
  }

  #vectors(): Uint8Array {
    const vectors = this.#vectorWords;
    for (let word = 0; word < vectors.length; word++) vectors[word] = this.#words[placeOf(word)] ?? 0;
    return new Uint8Array(vectors.buffer);
  }

  #step(one: Case): { readonly trap: number; readonly error: number } {
    const view = this.#view;
    const placed = this.#placed(one.code, one.mode);
    if (typeof placed === 'number') {
      view.setBigUint64(State.rip, codeAt, true);
      return { trap: placed, error: 0 };
    }
    const exit = this.translated.run(one, this.#run) ?? this.#interpret(placed, one.mode);
    if (exit === Exit.fault) return { trap: view.getUint32(State.fault, true) - 1, error: view.getUint32(State.error, true) };
    return { trap: 1, error: 0 };
  }

  #interpret(placed: Placed, mode: 64 | 32): number {
    const view = this.#view;
    writeBlock(view, Place.block, this.#interpreter, { start: codeAt, placed: [placed], mode: modeOf(mode) });
    let exit = this.#run(Place.block);
    const isRepeated = repetitionOf(placed.instruction) !== undefined;
    while (isRepeated && exit === Exit.jump && view.getBigUint64(State.rip, true) === codeAt) {
      // A string gave control back before it was through; a branch to itself is through.
      view.setInt32(State.budget, 1, true);
      exit = this.#run(Place.block);
    }
    return exit;
  }

  /** The instruction, or the vector of what its bytes raise. */
  #placed(code: Uint8Array, mode: 64 | 32): Placed | number {
    const padded = new Uint8Array(16).fill(0xcc);
    padded.set(code);
    try {
      const instruction = decode(this.table, padded, 0, mode);
      return instruction.form === undefined ? invalidOpcode : { instruction, next: codeAt + BigInt(instruction.lengthBytes) };
    } catch (error) {
      if (error instanceof TooLong || error instanceof TooShort) return generalProtection;
      throw error;
    }
  }

  /** All segments begin at 0 and end at 4 GiB. */
  #segment(segment: number, offset: bigint, bytes: number): bigint {
    const isStack = segment === segmentPlace(Segment.ss);
    if (offset + BigInt(bytes) > 1n << 32n) this.#view.setUint32(State.fault, 1 + (isStack ? stackFault : generalProtection), true);
    return offset;
  }

  #open(linear: bigint, bytes: number, intent: number, segment: number): number {
    // Reading and writing at once is writing.
    const write = intent === 0 ? 0 : 1;
    // Behind the data is a page that can only be read.
    const dataPages = write === 1 ? 1 : 2;
    for (const [start, place, pages] of [
      [dataAt, Place.data, dataPages],
      [lowDataAt, Place.data, dataPages],
      [codeAt, Place.code, 1],
    ] as const) {
      const from = linear - start;
      if (from >= 0n && from + BigInt(bytes) <= BigInt(pages * Place.page)) return place + Number(from);
    }
    const end = linear + BigInt(bytes) - 1n;
    const isCanonical = (address: bigint): boolean => BigInt.asUintN(64, BigInt.asIntN(48, address)) === address;
    const isWithin = this.#mode === 64 ? isCanonical(linear) && isCanonical(BigInt.asUintN(64, end)) : end < 1n << 32n;
    const isStack = segment === segmentPlace(Segment.ss);
    this.#view.setUint32(State.fault, 1 + (isWithin ? pageFault : isStack ? stackFault : generalProtection), true);
    this.#view.setUint32(State.error, isWithin ? 4 | (write << 1) : 0, true);
    return 0;
  }

  #close(): void {
    throw new Error('nothing here is in two pieces');
  }
}
