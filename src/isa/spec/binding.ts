/**
 * What a derivation brings to an instruction: where its fields and the processor's state are while it is emitted. The interpreter has them
 * in records and in memory, a translation knows the fields and has the state in locals.
 */
import type { ServiceName } from '../runtime/service.ts';
import type { Segment } from '../runtime/state.ts';
import type { Val } from '../stage/index.ts';
import type { FaultName, FlagName, FlagUpdate } from './op.ts';
import type { Form } from './row.ts';
import type { X } from './vocabulary.ts';
import type { CalculationName, CalculationTask } from './x87/calculation.ts';

export type Size = 16 | 32 | 64;

/** REP; REPE and REPNE, which also ask ZF. */
export type Repetition = 'rep' | 'repe' | 'repne';

/** Facts every derivation knows while it emits. */
export interface Known {
  readonly form: Form;
  /** Operand size in bits; 32 where it makes no difference. */
  readonly size: Size;
  /** Of the code segment: 64 in long mode's 64-bit mode. */
  readonly mode: Size;
  /** Address size in bits. */
  readonly address: Size;
  /** How wide the stack pointer is. */
  readonly stack: Size;
  /** Whether ModRM names memory. */
  readonly isMemory: boolean;
  /** Which of its opcodes it is, where it takes 16: the condition. */
  readonly condition: number;
  /** Number in ModRM.reg, where that is a form of its own. */
  readonly early: number | undefined;
  /** Of a string instruction, whether its prefix repeats it. */
  readonly repetition: Repetition | undefined;
}

/** Fields that name a register; their values are offsets in the state (State.gpr + 8 × number, and the like). */
export type Field = 'reg' | 'rm' | 'vvvv' | 'other';

export interface Binding {
  readonly known: Known;
  field(name: Field): Val;
  /** The first or second immediate, `w` bits of it as they are in the code, extended by the row's rule. */
  immediate(index: 0 | 1, w: number): Val;
  /** Where a relative branch leads, of 64 bits. */
  target(): Val;
  /** Address of the next instruction, of 64 bits. */
  next(): Val;
  /** Offset that ModRM, SIB and displacement name, of `known.address` bits; with so many bytes more where its base is rSP, and with more in any case: a number of
   * bytes, or 64 bits that are scaled as an index is. */
  offset(dropped: number, more?: number | Val): Val;
  /** The segment that offset is in; the one a string's source is in, where there is no ModRM. */
  segment(): Segment | 'named';

  readRegister(place: Val, w: number): Val;
  /** A write of 32 bits to a general register clears the other 32: SDM Vol. 1, 3.4.1.1. */
  writeRegister(place: Val, value: Val): void;
  /** Bits of the state that have no other name here, by their offset in it. */
  readState(offset: number, w: number): Val;
  writeState(offset: number, value: Val): void;
  /** The low bits of a vector register. */
  readVector(place: Val, w: number): Val;
  /** Its other bits stay, or become 0 up to the last one. */
  writeVector(place: Val, value: Val, rest: 'stays' | 'clears'): void;
  /** The low 256 bits of one; those above become 0. */
  writeHalves(place: Val, low: Val, high: Val): void;
  /** One number by the rules of MXCSR as it is, whose exception flags change: an operation of runtime/float.ts, of and to 64 bits. */
  exact(operation: Val, a: Val, b: Val): Val;

  /** What follows is seldom: has another derivation do the instruction where there is one; whether it has. What follows is of no meaning then. */
  elsewhere(): boolean;

  readFlag(name: FlagName): Val;
  writeFlags(update: FlagUpdate): void;

  /** Linear address, of 64 bits. Leaves with a fault where the segment's limit or rights forbid it. */
  linear(segment: Segment | 'named', offset: Val, bytes: number, access: Access): Val;
  /** Where those bytes are in linear memory, of 32 bits; all of them in one piece. Leaves with a fault, which may be the segment's, where they may not be touched. */
  open(linear: Val, bytes: number, access: Access, segment: Segment | 'named'): Val;
  /** Where bytes are that may be touched, if that is known at once: all in one page. */
  found(
    linear: Val,
    access: 'read' | 'write',
    what?: { readonly whose: Whose; readonly bytes: number },
  ): { readonly isKnown: Val; readonly place: Val };
  /** After bytes that were opened for writing have been written. */
  close(place: Val, bytes: number): void;

  /** One operation of runtime/x87.ts by its number, with i of ST(i) and the place of an operand in memory, of 32 bits; so is what it says. */
  x87(operation: number, index: Val, place: Val): Val;
  /** A sum, product or quotient of two numbers: what its function in x87/calculation.ts says. */
  calculate(name: CalculationName, task: CalculationTask): Val;
  /**
   * Code that instructions share, made once for all that have this name: what is seldom, or large. It may read the instruction's fields and
   * leave with a fault. What it makes is a number of 32 bits, never 0. One that is given a number, of 32 bits, reaches for memory itself in no way.
   * Derivations may as well make it anew for each.
   */
  aside(name: string, make: (x: X, given: Val) => Val, given?: Val): Val;

  /** Length of the instruction in bytes, of 8 bits. */
  length(): Val;
  /** Of the segment that is named, of 16 bits. */
  selector(): Val;
  /** Of an x87 instruction, three bits of its opcode, and its ModRM: 11 bits. SDM Vol. 1, 8.1.9. */
  x87Opcode(): Val;

  /** Asks the processor, in whose state rip is that of the next instruction meanwhile; leaves with its fault. 64 bits are said. */
  service(name: ServiceName, args: readonly Val[]): Val;
  /** Privilege or EFLAGS.AC has changed. */
  look(): void;
  /** Translations of pages that aren't global are forgotten, and what was found by them. */
  forgetLocal(): void;
  /** The same of one page, at once: of one bit, whether that is done. Else the processor is to be asked. */
  forgetPage(linear: Val): Val;
  /** Goes on at rip of the state. */
  arrive(): void;
  /** Stops behind this instruction until somebody interrupts. */
  halt(): void;

  /** Leaves with the state as it was before this instruction, and this fault. */
  leave(fault: FaultName, error: Val): void;
  /** Gives control back with the state as it is, to go on with this instruction once more. */
  again(): void;
  /** Goes on with the next instruction. */
  proceed(): void;
  /** Goes on where a relative branch leads. */
  branch(): void;
  /** Goes on at any address, of 64 bits. */
  jump(target: Val): void;
  /** Goes on with the next instruction, once the processor has looked at its state. */
  resume(): void;
  /** The same, but for that it need not look where nothing waits and the claim holds. No interrupt is held back any more then. */
  heed(claim: Val): void;
}

/** The program's at its privilege; the processor's own, which is the supervisor's: SDM Vol. 3A, 5.6.1. */
export type Whose = 'program' | 'system';

/** `update`: what is there is read first, and counts. */
export type Access = 'read' | 'write' | 'update';
