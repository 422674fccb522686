/** Runs guest code: one predecoded block after the other, with what the interpreter can't do itself. */
import {
  Activity,
  Eflags,
  engine,
  exactFloat,
  HandlerExit,
  type Interpreter,
  type Module,
  Mxcsr,
  readFlags,
  Shadow,
  State,
  type Table,
  tableWithin,
  X87Control,
  x87Of,
} from '../isa/index.ts';
import { type Cpu, type Exit, gla } from '../machine/index.ts';
import { CodePath } from './code-path.ts';
import { featuresOf, profiles } from './control/profile.ts';
import { Fault, Unsupported, Vector } from './fault.ts';
import { Interrupts } from './interrupt/interrupts.ts';
import type { Owner } from './owner.ts';
import { noPorts, type Ports } from './ports.ts';
import type { Ram } from './ram.ts';
import { RealMode } from './real-mode.ts';
import { Registers } from './registers.ts';
import { setReset } from './reset.ts';
import { Tables } from './segment/tables.ts';
import { Services } from './services.ts';
import { type System, systemOf } from './system.ts';

/** The derived interpreter, compiled, with the rows it was derived from: shared by all processors. */
export interface Engine {
  readonly table: Table;
  readonly interpreter: Interpreter;
  readonly module: Module;
}

export const engineOf = (table: Table, interpreter: Interpreter): Engine => ({
  table,
  interpreter,
  module: new engine.Module(interpreter.bytes),
});

export class Processor implements Cpu {
  readonly state: DataView;
  isAwaited = false;
  readonly #code: CodePath;
  readonly #interrupts: Interrupts;
  readonly #services: Services;
  readonly #enter: (record: number) => number;
  readonly #system: System;
  #instructions = 0n;
  /** What the budget was when instructions were last counted. */
  #given = 0;

  constructor(ram: Ram, { table, interpreter, module }: Engine, ports: Ports = noPorts, owner: Owner = {}) {
    const state = ram.view;
    this.state = state;
    const features = featuresOf(table.forms, owner.profile ?? profiles.all);
    this.#code = new CodePath(ram, tableWithin(table, features), interpreter);
    const { memory } = this.#code;
    const registers = new Registers(state);
    const core = { registers, memory, tables: new Tables(registers, memory) };
    const real = new RealMode(state, memory);
    const interrupts = new Interrupts(state, core, real);
    this.#interrupts = interrupts;
    const now = owner.now ?? (() => this.#instructions + BigInt(this.#given - this.#budget));
    this.#system = systemOf({ ram, memory, features, now }, owner);
    this.#services = new Services({ state, core, real, interrupts, ports, control: this.#system.control });
    const { exports } = new engine.Instance(module, {
      host: { memory: ram.memory, service: this.#services.serve, ...memory.functions, float: exactFloat(state), x87: x87Of(state) },
    });
    this.#enter = exports['run'] as (record: number) => number;
    state.setUint32(State.mxcsr, Mxcsr.initial, true);
    state.setUint16(State.x87Control, X87Control.initial, true);
  }

  get instructions(): bigint {
    return this.#instructions;
  }

  get rflags(): number {
    return readFlags(this.state);
  }

  get rip(): bigint {
    return this.state.getBigUint64(State.rip, true);
  }

  /** After page tables or control registers have changed. */
  flush(): void {
    this.#code.memory.flush();
  }

  /** After memory was changed from outside: the same, and what was predecoded. */
  forget(): void {
    this.#code.clear();
    this.flush();
  }

  interrupt(vector: number): boolean {
    if (!this.#interrupts.isOpen) return false;
    this.#interrupts.take(vector);
    return true;
  }

  nonMaskable(): void {
    this.#shadow |= Shadow.waiting;
  }

  reset(): void {
    setReset(this.state);
    this.#system.reset();
    this.flush();
  }

  run(budget: number): Exit {
    this.#given = budget;
    this.#budget = budget;
    this.state.setUint32(State.fault, 0, true);
    try {
      return this.#run();
    } catch (error) {
      if (error instanceof Unsupported) return { why: 'unsupported', what: error.message };
      throw error;
    } finally {
      this.#instructions += BigInt(budget - this.#budget);
      this.#given = this.#budget;
    }
  }

  #run(): Exit {
    const { state } = this;
    let [from, most] = [0, undefined as number | undefined];
    for (;;) {
      const rest = this.#resting();
      if (rest !== undefined) return rest;
      const isTrapped = (state.getUint32(State.flags, true) & Eflags.tf) !== 0;
      const held = this.#shadow & (Shadow.sti | Shadow.stack);
      const isAlone = isTrapped || (held !== 0 && (this.isAwaited || (this.#shadow & Shadow.waiting) !== 0));
      const next = this.#code.blockAt(this.rip, isAlone ? 1 : most);
      most = undefined;
      if (!('record' in next)) {
        const exit = this.#take(next);
        if (exit !== undefined) return exit;
        continue;
      }
      if (from !== 0) this.#code.link(from, next);
      from = 0;
      this.#begin(isTrapped, held);
      const { asked } = this.#interrupts;
      switch (this.#enter(next.record)) {
        case HandlerExit.fault: {
          const exit = this.#take(this.#noted());
          if (exit !== undefined) return exit;
          continue;
        }
        case HandlerExit.budget:
          // Nothing was done.
          this.#shadow |= held;
          most = this.#budget;
          continue;
        case HandlerExit.halt:
          state.setUint32(State.activity, Activity.halted, true);
          break;
        case HandlerExit.link:
          from = state.getUint32(State.from, true);
          break;
        default:
      }
      const exit = this.#trap(isTrapped && asked === this.#interrupts.asked);
      if (exit !== undefined) return exit;
    }
  }

  /** Why it doesn't go on with the next instruction. An NMI that waits is taken first. */
  #resting(): Exit | undefined {
    if ((this.#shadow & Shadow.waiting) !== 0 && this.#interrupts.isNmiDue) this.#interrupts.takeNmi();
    const activity = this.state.getUint32(State.activity, true);
    if (activity === Activity.shutdown) return { why: 'shutdown' };
    if (this.isAwaited && this.#interrupts.isOpen) return { why: 'open' };
    if (activity === Activity.halted) return { why: 'halt' };
    return this.#budget === 0 ? { why: 'budget' } : undefined;
  }

  /** What holds for one instruction alone ends: the shadow, and RF (SDM Vol. 3B, 19.3.1.1). Of strings that are trapped each step counts. */
  #begin(isTrapped: boolean, held: number): void {
    const { state } = this;
    if (held !== 0) this.#shadow &= ~held;
    const flags = state.getUint32(State.flags, true);
    if ((flags & Eflags.rf) !== 0) state.setUint32(State.flags, flags & ~Eflags.rf, true);
    state.setUint32(State.steps, isTrapped ? 1 : 0, true);
  }

  #noted(): Fault {
    const fault = new Fault(this.state.getUint32(State.fault, true) - 1, this.state.getUint32(State.error, true));
    this.state.setUint32(State.fault, 0, true);
    return fault;
  }

  /** What comes behind an instruction that is through: a fault of the task it led to, or the trap of TF. Not behind a load of SS: SDM Vol. 3A, 7.8.3. */
  #trap(isTrapped: boolean): Exit | undefined {
    const late = this.#services.takeLate();
    if (late !== undefined) return this.#take(late, true);
    return isTrapped && (this.#shadow & Shadow.stack) === 0 ? this.#take(new Fault(Vector.db), true) : undefined;
  }

  /** Has the guest take an exception, which counts as an instruction lest one that never ends be for nothing; undefined where it does. */
  #take(fault: Fault, isDue = false): Exit | undefined {
    const { vector, code, address } = fault;
    if (!this.#interrupts.hasTable) {
      if (address !== undefined) this.state.setBigUint64(State.cr2, address, true);
      return { why: 'exception', vector, error: code, address: gla(this.rip) };
    }
    if (this.#budget === 0 && !isDue) return { why: 'budget' };
    this.#budget = Math.max(this.#budget - 1, 0);
    this.#interrupts.except(fault);
    return undefined;
  }

  get #budget(): number {
    return this.state.getInt32(State.budget, true);
  }

  set #budget(instructions: number) {
    this.state.setInt32(State.budget, instructions, true);
  }

  get #shadow(): number {
    return this.state.getUint32(State.shadow, true);
  }

  set #shadow(value: number) {
    this.state.setUint32(State.shadow, value, true);
  }
}
