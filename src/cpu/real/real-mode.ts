/** Segments, far transfers and interrupts in real-address mode, and those but interrupts in virtual-8086 mode: SDM Vol. 3B, chapter 22. */
import { Eflags, readFlags, Segment, SegmentPart, State, segmentPlace, writeFlags } from '../../isa/index.ts';
import { Fault, Vector } from '../fault.ts';
import type { MemoryPath } from '../memory/memory-path.ts';
import { virtualFlags, virtualKept } from './virtual.ts';

const stackPointer = State.gpr + 8 * 4;
const limit = 0xffff;

export class RealMode {
  readonly #state: DataView;
  readonly #memory: MemoryPath;

  constructor(state: DataView, memory: MemoryPath) {
    this.#state = state;
    this.#memory = memory;
  }

  /** A segment begins at sixteen times its selector; limit and rights stay as they are. */
  loadSegment(place: number, selector: number): void {
    this.#state.setUint16(place + SegmentPart.selector, selector, true);
    this.#state.setBigUint64(place + SegmentPart.base, BigInt(selector << 4), true);
  }

  jump(selector: number, offset: number): void {
    if (offset > limit) throw new Fault(Vector.gp);
    this.loadSegment(segmentPlace(Segment.cs), selector);
    this.#state.setBigUint64(State.rip, BigInt(offset), true);
  }

  call(size: number, selector: number, offset: number): void {
    if (offset > limit) throw new Fault(Vector.gp);
    this.#push(size, this.#cs, this.#ip);
    this.jump(selector, offset);
  }

  return(size: number, bytes: number): void {
    const [offset, selector] = [this.#peek(size, 0), this.#peek(size, 1)];
    if (offset > limit) throw new Fault(Vector.gp);
    this.#drop((2 * size) / 8 + bytes);
    this.jump(selector & 0xffff, offset);
  }

  /** Through the table, which is at 0 after a reset; the flags that are pushed have IF and TF as they were. */
  interrupt(vector: number): void {
    const [base, last] = [this.#state.getBigUint64(State.idtr, true), this.#state.getUint32(State.idtr + 8, true)];
    if (4 * vector + 3 > last) throw new Fault(Vector.gp);
    const entry = this.#memory.read(base + BigInt(4 * vector), 4);
    this.#push(16, readFlags(this.#state), this.#cs, this.#ip);
    writeFlags(this.#state, readFlags(this.#state) & ~(Eflags.if | Eflags.tf | Eflags.rf | Eflags.ac));
    this.jump(Number(entry >> 16n), Number(entry & 0xffffn));
  }

  /** INT n of virtual-8086 mode to the program's own handler. What it pushes is what the program sees of its flags. SDM Vol. 3B, 22.3.3. */
  redirect(vector: number): void {
    const entry = this.#memory.readSystem(BigInt(4 * vector), 4);
    const flags = readFlags(this.#state);
    const isOwn = (flags & Eflags.iopl) === Eflags.iopl;
    this.#push(16, isOwn ? flags : virtualFlags(flags), this.#cs, this.#ip);
    writeFlags(this.#state, flags & ~(Eflags.tf | Eflags.rf | (isOwn ? Eflags.if : Eflags.vif)));
    this.jump(Number(entry >> 16n), Number(entry & 0xffffn));
  }

  interruptReturn(size: number): void {
    const [offset, selector, flags] = [this.#peek(size, 0), this.#peek(size, 1), this.#peek(size, 2)];
    if (offset > limit) throw new Fault(Vector.gp);
    const now = readFlags(this.#state);
    const isVirtual = (now & Eflags.vm) !== 0;
    if (isVirtual && (now & Eflags.iopl) !== Eflags.iopl) {
      this.#returnVirtually(offset, selector, flags, now);
      return;
    }
    this.#drop((3 * size) / 8);
    const mask = (size === 16 ? 0xffff : ~(Eflags.vm | Eflags.vif | Eflags.vip)) & ~(isVirtual ? virtualKept : 0);
    this.jump(selector & 0xffff, offset);
    writeFlags(this.#state, (now & ~mask) | (flags & mask & allFlags) | Eflags.one);
  }

  /** IF of what is popped is VIF: SDM Vol. 2A, IRET/IRETD/IRETQ, and Vol. 3B, 22.3.1. */
  #returnVirtually(offset: number, selector: number, flags: number, now: number): void {
    const isOpen = (flags & Eflags.if) !== 0;
    if ((flags & Eflags.tf) !== 0 || (isOpen && (now & Eflags.vip) !== 0)) throw new Fault(Vector.gp);
    this.#drop(6);
    this.jump(selector & 0xffff, offset);
    const mask = 0xffff & ~(Eflags.if | Eflags.iopl) & allFlags;
    writeFlags(this.#state, (now & ~(mask | Eflags.vif)) | (flags & mask) | (isOpen ? Eflags.vif : 0) | Eflags.one);
  }

  get #cs(): number {
    return this.#state.getUint16(segmentPlace(Segment.cs) + SegmentPart.selector, true);
  }

  get #ip(): number {
    return this.#state.getUint32(State.rip, true);
  }

  /** All of them, or none: the whole of it is looked at first. */
  #push(size: number, ...values: readonly number[]): void {
    const bytes = size / 8;
    const top = this.#state.getUint16(stackPointer, true);
    const at = (place: number): bigint => this.#stackAt((top - place * bytes) & 0xffff, bytes);
    for (let place = 1; place <= values.length; place++) at(place);
    for (let place = 1; place <= values.length; place++) this.#memory.probe(at(place), bytes);
    for (let place = 1; place <= values.length; place++) this.#memory.write(at(place), bytes, BigInt((values[place - 1] ?? 0) >>> 0));
    this.#state.setUint16(stackPointer, (top - values.length * bytes) & 0xffff, true);
  }

  /** The number in that place of the stack, from 0 on. */
  #peek(size: number, place: number): number {
    const bytes = size / 8;
    const top = this.#state.getUint16(stackPointer, true);
    return Number(this.#memory.read(this.#stackAt((top + place * bytes) & 0xffff, bytes), bytes));
  }

  #drop(bytes: number): void {
    this.#state.setUint16(stackPointer, (this.#state.getUint16(stackPointer, true) + bytes) & 0xffff, true);
  }

  #stackAt(offset: number, bytes: number): bigint {
    if (offset + bytes - 1 > limit) throw new Fault(Vector.ss);
    return this.#state.getBigUint64(segmentPlace(Segment.ss) + SegmentPart.base, true) + BigInt(offset);
  }
}

const allFlags = Object.values(Eflags).reduce((all, mask) => all | mask, 0);
