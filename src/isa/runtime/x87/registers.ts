/** The x87 registers, as a stack, and the words that tell of them: SDM Vol. 1, 8.1. */
import { extended, indefinite } from '../float/format.ts';
import { Mxcsr, State, X87Control, X87Status } from '../state.ts';
import { X87Environment } from './environment.ts';

/** An empty register. */
export type Content = bigint | undefined;

export class Registers {
  /** The processor's memory; its state begins at `base`. */
  readonly memory: DataView;
  readonly base: number;

  constructor(memory: DataView, base: number) {
    this.memory = memory;
    this.base = base;
  }

  get control(): number {
    return this.memory.getUint16(this.base + State.x87Control, true);
  }

  set control(value: number) {
    this.memory.setUint16(this.base + State.x87Control, (value & X87Control.writable) | X87Control.always, true);
    this.#summarize();
  }

  get status(): number {
    return this.memory.getUint16(this.base + State.x87Status, true);
  }

  /** What is said of unmasked exceptions follows from the rest. */
  set status(value: number) {
    this.memory.setUint16(this.base + State.x87Status, value, true);
    this.#summarize();
  }

  #summarize(): void {
    const told = X87Status.summary | X87Status.busy;
    const status = this.status & ~told;
    const isPending = (status & ~this.control & X87Status.flags) !== 0;
    this.memory.setUint16(this.base + State.x87Status, isPending ? status | told : status, true);
    if (!isPending) this.memory.setUint8(this.base + State.x87Ignored, 0);
  }

  get full(): number {
    return this.memory.getUint8(this.base + State.x87Full);
  }

  set full(bits: number) {
    this.memory.setUint8(this.base + State.x87Full, bits);
  }

  get top(): number {
    return (this.status >> 11) & 7;
  }

  set top(number: number) {
    this.status = (this.status & ~X87Status.top) | ((number & 7) << 11);
  }

  #number(index: number): number {
    return (this.top + index) & 7;
  }

  isEmpty(index: number): boolean {
    return (this.full & (1 << this.#number(index))) === 0;
  }

  read(index: number): Content {
    return this.isEmpty(index) ? undefined : this.bits(index);
  }

  /** Of 80 bits, empty or not. */
  bits(index: number): bigint {
    const at = this.base + State.x87 + 16 * this.#number(index);
    return this.memory.getBigUint64(at, true) | (BigInt(this.memory.getUint16(at + 8, true)) << 64n);
  }

  /** Leaves it empty or full, as it is. */
  place(index: number, bits: bigint): void {
    const at = this.base + State.x87 + 16 * this.#number(index);
    this.memory.setBigUint64(at, BigInt.asUintN(64, bits), true);
    this.memory.setUint16(at + 8, Number(bits >> 64n), true);
  }

  write(index: number, bits: bigint): void {
    this.place(index, bits);
    this.full |= 1 << this.#number(index);
  }

  free(index: number): void {
    this.full &= ~(1 << this.#number(index));
  }

  pop(): void {
    this.free(0);
    this.top++;
  }

  /** Where there is room for it: else SDM Vol. 1, 8.5.1.1. */
  push(bits: bigint): void {
    const isRoom = this.isEmpty(7);
    if (isRoom || this.overflows()) this.put(isRoom ? bits : indefinite(extended));
  }

  /** Onto the stack, room or not. */
  put(bits: bigint): void {
    this.top--;
    this.write(0, bits);
  }

  /** Tells that a register is in use which must not be; whether that is masked. */
  overflows(): boolean {
    return this.#faults(X87Status.c1);
  }

  /** Tells that a register is empty which must not be; whether that is masked. */
  underflows(): boolean {
    return this.#faults(0);
  }

  #faults(direction: number): boolean {
    this.status = (this.status & ~X87Status.c1) | X87Status.stackFault | Mxcsr.ie | direction;
    return (this.control & Mxcsr.ie) !== 0;
  }

  environment(heedsPrecision = false): X87Environment {
    return new X87Environment(this.control, heedsPrecision);
  }

  /** Of what goes on at a denormal, told of or not. */
  tolerant(): X87Environment {
    return new X87Environment(this.control | Mxcsr.de);
  }

  /** Tells what came up, and whether the result was rounded up; whether there is one, which some exceptions before it prevent: SDM Vol. 1, 8.6. */
  settle(on: X87Environment, preventing: number = Mxcsr.early): boolean {
    const unmasked = on.flags & ~this.control;
    const isEarly = (unmasked & preventing) !== 0;
    const told = isEarly ? on.flags & Mxcsr.early : on.flags;
    this.condition(X87Status.c1, !isEarly && on.isRoundedUp ? X87Status.c1 : 0);
    this.status |= told;
    return !isEarly;
  }

  /** Sets some of the condition codes. */
  condition(which: number, value: number): void {
    this.status = (this.status & ~which) | value;
  }
}
