/** Runs guest code: one predecoded block after the other, with what the interpreter can't do itself. */
import {
  engine,
  exactFloat,
  HandlerExit,
  type Interpreter,
  Jumps,
  Layout,
  type Mode,
  type Module,
  Mxcsr,
  Record,
  readFlags,
  State,
  type Table,
  Tlb,
} from '../isa/index.ts';
import { type Cpu, type Exit, gla } from '../machine/index.ts';
import { type Block, Blocks, type Undecodable } from './blocks.ts';
import { MemoryPath } from './memory-path.ts';
import type { Ram } from './ram.ts';

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

const Vector = { ud: 6, gp: 13, pf: 14 } as const;

export class Processor implements Cpu {
  readonly state: DataView;
  readonly #blocks: Blocks;
  readonly #memory: MemoryPath;
  readonly #enter: (record: number) => number;
  #instructions = 0n;
  mode: Mode = { code: 64, stack: 64, isFlat: true };

  constructor(ram: Ram, { table, interpreter, module }: Engine) {
    this.state = ram.view;
    this.#blocks = new Blocks(ram, table, interpreter);
    this.#memory = new MemoryPath(ram, this.#blocks);
    const { exports } = new engine.Instance(module, {
      host: { memory: ram.memory, ...this.#memory.functions, float: exactFloat(ram.view) },
    });
    this.#enter = exports['run'] as (record: number) => number;
    this.state.setUint32(State.mxcsr, Mxcsr.initial, true);
    this.#forgetJumps();
  }

  get instructions(): bigint {
    return this.#instructions;
  }

  get rflags(): number {
    return readFlags(this.state);
  }

  /** After page tables or control registers have changed. */
  flush(): void {
    this.#memory.flush();
    this.#forgetJumps();
  }

  /** After memory was changed from outside: the same, and what was predecoded. */
  forget(): void {
    this.#blocks.clear();
    this.flush();
  }

  run(budget: number): Exit {
    this.state.setInt32(State.budget, budget, true);
    try {
      return this.#run();
    } finally {
      this.#instructions += BigInt(budget - this.state.getInt32(State.budget, true));
    }
  }

  #run(): Exit {
    const { state } = this;
    let [next, from] = [this.#blockAt(this.rip), 0];
    for (;;) {
      if (!('record' in next)) return next;
      if (from !== 0) this.#link(from, next);
      from = 0;
      switch (this.#enter(next.record)) {
        case HandlerExit.fault:
          return this.#exception(state.getUint32(State.fault, true) - 1, state.getUint32(State.error, true));
        case HandlerExit.budget: {
          const left = state.getInt32(State.budget, true);
          if (left === 0) return { why: 'budget' };
          next = this.#blockAt(this.rip, left);
          continue;
        }
        case HandlerExit.link:
          from = state.getUint32(State.from, true);
          break;
        default:
      }
      if (state.getInt32(State.budget, true) === 0) return { why: 'budget' };
      next = this.#blockAt(this.rip);
    }
  }

  get rip(): bigint {
    return this.state.getBigUint64(State.rip, true);
  }

  /** The block at an address, or the exception that fetching it raises. One of fewer instructions than usual isn't kept. */
  #blockAt(linear: bigint, most?: number): Block | Exit {
    const first = this.#memory.fetch(linear);
    if (typeof first === 'number') return this.#exception(Vector.pf, first, linear);
    if (first === undefined) return this.#exception(Vector.gp, 0);
    const found = most === undefined ? this.#blocks.find(linear, first.page, this.mode) : undefined;
    if (found !== undefined && (found.secondPage === undefined || found.secondPage === this.#memory.pageBehind(linear))) {
      this.#remember(found);
      return found;
    }
    if (this.#blocks.isFull) {
      this.#blocks.clear();
      this.#forgetJumps();
    }
    const code = this.#memory.code(linear, first.page);
    const built = this.#blocks.build(linear, this.mode, code, most);
    if (typeof built === 'string') return this.#undecodable(built, linear + BigInt(code.inFirst));
    if (most !== undefined) return built;
    this.#memory.guard(built.page);
    if (built.secondPage !== undefined) this.#memory.guard(built.secondPage);
    this.#blocks.keep(built);
    this.#remember(built);
    return built;
  }

  #undecodable(why: Undecodable, behind: bigint): Exit {
    if (why !== 'short') return this.#exception(why === 'ud' ? Vector.ud : Vector.gp, 0);
    const fault = this.#memory.fetch(behind);
    return typeof fault === 'number' ? this.#exception(Vector.pf, fault, behind) : this.#exception(Vector.gp, 0);
  }

  #exception(vector: number, error: number, address = 0n): Exit {
    if (vector === Vector.pf && address !== 0n) this.state.setBigUint64(State.cr2, address, true);
    return { why: 'exception', vector, error, address: gla(this.rip) };
  }

  /** Blocks of one page may lead straight to each other: they come and go together. */
  #link(from: number, { record, linear, secondPage }: Block): void {
    const target = this.state.getBigUint64(from + Record.immediate, true);
    const next = this.state.getBigUint64(from + Record.next, true);
    const isNear = linear === target && linear >> BigInt(Tlb.pageBits) === (next - 1n) >> BigInt(Tlb.pageBits);
    if (isNear && secondPage === undefined) this.state.setUint32(from + Record.link, record, true);
  }

  #remember({ linear, record }: Block): void {
    const mixed = Number(BigInt.asUintN(32, linear ^ (linear >> 12n))) & (Jumps.entries - 1);
    const entry = Layout.jumps + Jumps.entryBytes * mixed;
    this.state.setBigUint64(entry, linear, true);
    this.state.setUint32(entry + 8, record, true);
  }

  #forgetJumps(): void {
    for (let entry = 0; entry < Jumps.entries; entry++) {
      const at = Layout.jumps + Jumps.entryBytes * entry;
      // An address that has another entry.
      this.state.setBigUint64(at, BigInt(entry ^ 1), true);
    }
  }
}
