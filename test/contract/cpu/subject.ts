/** The words the processor's contract is written in. */
import type { Ability, Cpu } from '../../../src/machine/index.ts';
import type { Stand } from './stand.ts';

/** What stands around processors for a clause. */
export interface Plan {
  readonly processors: number;
  /** IN and OUT. */
  readonly ports?: { read(port: number, bytes: number): number; write(port: number, bytes: number, value: number): void };
  /** Registers at physical addresses that are no memory, of four bytes each: see `Stand.registersAt`. */
  readonly registers?: { read(at: number): number; write(at: number, value: number): void };
  /** In memory that threads share. */
  readonly kicked?: Int32Array;
}

/** Processors on one memory of a MiB, whose local APICs reach each other; the first is the one that starts. */
export interface Board {
  readonly cpus: readonly Cpu[];
  /** At a physical address; processors are told by the clause: `forget`. */
  write(at: number, bytes: Uint8Array): void;
  read(at: number, bytes: number): Uint8Array;
}

/** A back end that is held to the contract. */
export interface Subject {
  readonly name: string;
  board(plan: Plan): Board;
  /** Names of clauses it can't pass for other reasons than what it says not to be able to, and why. */
  readonly skips: Readonly<Record<string, string>>;
}

/** One thing that every processor must do, told as its owner would see it. */
export interface Clause {
  readonly name: string;
  /** Without these it can't be tried. */
  readonly needs: readonly Ability[];
  readonly plan: Plan | (() => Plan);
  readonly prove: (on: Stand) => void | Promise<void>;
}

export const clause = (
  name: string,
  prove: Clause['prove'],
  { needs = [], plan = { processors: 1 } }: Partial<Pick<Clause, 'needs' | 'plan'>> = {},
): Clause => ({ name, needs, plan, prove });

export interface Chapter {
  readonly title: string;
  readonly clauses: readonly Clause[];
}
