/** A guest of protected mode for tests: tables of descriptors and of interrupts, a task, and handlers that halt where one can see them. */
import { Eflags, families, Segment, State, supervising } from '../../isa/index.ts';
import type { Exit } from '../../machine/index.ts';
import { setFlat } from '../code/mode.ts';
import type { Engine } from '../engine.ts';
import { Cr0 } from '../memory/paging.ts';
import type { Owner } from '../owner.ts';
import type { Ports } from '../ports.ts';
import { Processor } from '../processor.ts';
import { Registers } from '../registers.ts';
import { Descriptor } from '../segment/descriptor.ts';
import { engineOfRows } from './engine.ts';
import { leaveRam, takeRam } from './spare.ts';

/** Where things are; memory isn't paged. */
export const Place = {
  ...{ gdt: 0x1000, idt: 0x2000, ldt: 0x3000, task: 0x4000, other: 0x5000 },
  ...{ innerStack: 0x8000, stack: 0x9000, code: 0x1_0000, handlers: 0x2_0000, data: 0x3_0000 },
} as const;

/** Of the supervisor and of users, all flat; the present task's; and those behind them are free for tests. */
export const Selector = { code: 0x08, data: 0x10, userCode: 0x1b, userData: 0x23, task: 0x28, free: 0x40 } as const;

/** Rights in the descriptor's bits 40 to 55. */
export const Rights = { code: 0xc09b, data: 0xc093, gate: 0x8c, interrupt: 0x8e, trap: 0x8f, taskGate: 0x85, task: 0x89 } as const;
export const dpl = (level: number): number => level << 5;

export const segmentOf = (base: number, limit: number, rights: number): bigint =>
  BigInt(limit & 0xffff) |
  (BigInt(base & 0xff_ffff) << 16n) |
  (BigInt(rights & 0xff) << 40n) |
  (BigInt((limit >>> 16) & 0xf) << 48n) |
  (BigInt(rights >> 12) << 52n) |
  (BigInt(base >>> 24) << 56n);

export const gateOf = (selector: number, offset: number, rights: number, parameters = 0): bigint =>
  BigInt(offset & 0xffff) |
  (BigInt(selector) << 16n) |
  (BigInt(parameters) << 32n) |
  (BigInt(rights) << 40n) |
  (BigInt(offset >>> 16) << 48n);

/** Built once by whoever tests: it takes a second. */
export const protectedEngine = (): Engine => {
  const { stack, branch, move, arithmetic, flag, string } = families;
  return engineOfRows(stack, branch, move, arithmetic, flag, string, ...Object.values(supervising));
};

export class Guest {
  readonly ram = takeRam();
  readonly processor: Processor;
  readonly registers: Registers;

  constructor(engine: Engine, ports?: Ports, owner?: Owner) {
    this.processor = new Processor(this.ram, engine, ports, owner);
    this.registers = new Registers(this.processor.state);
    // Memory that nobody has touched is nothing, and stays so where it isn't touched.
    this.#lay();
  }

  /** Its memory is another guest's from now on. */
  leave(): void {
    leaveRam(this.ram);
  }

  /** Anew: at privilege 0 of 32-bit code. */
  arrange(): void {
    this.ram.bytes.fill(0, this.ram.begin, this.ram.begin + this.ram.sizeBytes);
    this.#lay();
  }

  #lay(): void {
    const { state } = this.processor;
    state.setBigUint64(State.cr0, BigInt(Cr0.pe | Cr0.et), true);
    setFlat(state, 32);
    for (let number = 0; number < 8; number++) this.registers.setGeneral(number, 0n);
    this.describe(Selector.code, segmentOf(0, 0xf_ffff, Rights.code));
    this.describe(Selector.data, segmentOf(0, 0xf_ffff, Rights.data));
    this.describe(Selector.userCode, segmentOf(0, 0xf_ffff, Rights.code | dpl(3)));
    this.describe(Selector.userData, segmentOf(0, 0xf_ffff, Rights.data | dpl(3)));
    this.describe(Selector.task, segmentOf(Place.task, 0x67, Rights.task | 2));
    this.#table(State.gdtr, Place.gdt, 0xff);
    this.#table(State.idtr, Place.idt, 0x7ff);
    this.ram.write32(Place.task + 4, Place.innerStack);
    this.ram.write32(Place.task + 8, Selector.data);
    const task = new Descriptor(Selector.task, 0n, segmentOf(Place.task, 0x67, Rights.task | 2));
    this.registers.setLoaded(State.tr, task.loaded());
    this.ram.write(Place.idt, gates);
    this.ram.write(Place.handlers, handlers);
    this.privilege(0);
    state.setUint32(State.flags, Eflags.one, true);
    state.setBigUint64(State.result, 1n, true);
    this.registers.rip = BigInt(Place.code);
  }

  /** An entry of the global table, or of the local one where the selector says so. */
  describe(selector: number, descriptor: bigint): void {
    this.ram.write64(((selector & 4) === 0 ? Place.gdt : Place.ldt) + (selector & 0xfff8), descriptor);
  }

  described(selector: number): bigint {
    return this.ram.read64(Place.gdt + (selector & 0xfff8));
  }

  handle(vector: number, gate: bigint): void {
    this.ram.write64(Place.idt + 8 * vector, gate);
  }

  /** Flat segments of a privilege, which is 0 or 3. */
  privilege(level: 0 | 3): void {
    const { registers } = this;
    const [code, data] = level === 0 ? [Selector.code, Selector.data] : [Selector.userCode, Selector.userData];
    registers.cpl = level;
    registers.setSegment(Segment.cs, new Descriptor(code, 0n, this.described(code)).loaded());
    const loaded = new Descriptor(data, 0n, this.described(data)).loaded();
    for (const segment of [Segment.ss, Segment.ds, Segment.es, Segment.fs, Segment.gs]) registers.setSegment(segment, loaded);
    registers.setGeneral(4, BigInt(Place.stack));
  }

  /** Runs code from its usual place, with a HLT behind it. */
  run(code: readonly number[], at: number = Place.code): Exit {
    this.ram.write(at, Uint8Array.from([...code, 0xf4]));
    this.registers.rip = BigInt(at);
    this.processor.forget();
    this.processor.state.setUint32(State.activity, 0, true);
    return this.processor.run(1000);
  }

  /** What of this code comes: the vector of whose handler it halted in, with the error code where there is one, or where in the code it halted. */
  outcome(code: readonly number[]): string {
    const exit = this.run(code);
    if (exit.why !== 'halt') return exit.why === 'unsupported' ? exit.what : exit.why;
    const { vector } = this;
    if (vector === undefined) return `halts at ${Number(this.registers.rip) - Place.code - code.length - 1}`;
    return withCode.includes(vector) ? `#${vector}(${this.word(0).toString(16)})` : `#${vector}`;
  }

  /** Whose handler halted. */
  get vector(): number | undefined {
    const from = Number(this.registers.rip) - Place.handlers;
    return from >= 0 && from < 4096 ? from >> 4 : undefined;
  }

  /** Doublewords from the top of the stack. */
  word(index: number): number {
    return this.ram.read32(Number(this.registers.stackPointer) + 4 * index);
  }

  words(count: number): readonly number[] {
    return Array.from({ length: count }, (_, index) => this.word(index));
  }

  selector(segment: Segment): number {
    return this.registers.segment(segment).selector;
  }

  #table(place: number, base: number, limit: number): void {
    this.processor.state.setBigUint64(place, BigInt(base), true);
    this.processor.state.setUint32(place + 8, limit, true);
  }
}

export const handlerOf = (vector: number): number => Place.handlers + 16 * vector;

/** Gates and handlers of all vectors, made once. */
const vectors = 256;
const gates = new Uint8Array(8 * vectors);
const handlers = new Uint8Array(16 * vectors);
const gatesView = new DataView(gates.buffer);
for (let vector = 0; vector < vectors; vector++) {
  gatesView.setBigUint64(8 * vector, gateOf(Selector.code, handlerOf(vector), Rights.interrupt), true);
  handlers[16 * vector] = 0xf4;
}

const withCode: readonly number[] = [8, 10, 11, 12, 13, 14, 17];

/** Little endian. */
export const word = (value: number): readonly number[] => [value & 0xff, (value >> 8) & 0xff];
export const double = (value: number): readonly number[] => [...word(value), ...word(value >>> 16)];
/** mov ax, imm16. */
export const movAx = (value: number): readonly number[] => [0x66, 0xb8, ...word(value)];
