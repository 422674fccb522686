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
  Segment,
  SegmentPart,
  State,
  segmentPlace,
  type Table,
  Tlb,
} from '../isa/index.ts';
import { type Cpu, type Exit, gla } from '../machine/index.ts';
import { type Block, Blocks, type Undecodable } from './blocks.ts';
import { Fault, Unsupported, Vector } from './fault.ts';
import { MemoryPath } from './memory-path.ts';
import { modeOf } from './mode.ts';
import { Cr0 } from './paging.ts';
import { noPorts, type Ports } from './ports.ts';
import type { Ram } from './ram.ts';
import { RealMode } from './real-mode.ts';
import { Services } from './services.ts';

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
  readonly #blocks: Blocks;
  readonly #memory: MemoryPath;
  readonly #enter: (record: number) => number;
  readonly #real: RealMode;
  #instructions = 0n;
  /** Where the code segment began when jumps were last remembered. */
  #codeBase = 0n;

  constructor(ram: Ram, { table, interpreter, module }: Engine, ports: Ports = noPorts) {
    this.state = ram.view;
    this.#blocks = new Blocks(ram, table, interpreter);
    this.#memory = new MemoryPath(ram, this.#blocks);
    this.#real = new RealMode(ram.view, this.#memory);
    const service = new Services(ram.view, this.#real, ports).serve;
    const { exports } = new engine.Instance(module, {
      host: { memory: ram.memory, service, ...this.#memory.functions, float: exactFloat(ram.view) },
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
    this.state.setUint32(State.fault, 0, true);
    try {
      return this.#run();
    } catch (error) {
      if (error instanceof Unsupported) return { why: 'unsupported', what: error.message };
      throw error;
    } finally {
      this.#instructions += BigInt(budget - this.state.getInt32(State.budget, true));
    }
  }

  #run(): Exit {
    const { state } = this;
    let [next, from] = [this.#blockAt(this.rip), 0];
    for (;;) {
      if (!('record' in next)) {
        const exit = this.#take(next);
        if (exit !== undefined) return exit;
        next = this.#blockAt(this.rip);
        continue;
      }
      if (from !== 0) this.#link(from, next);
      from = 0;
      switch (this.#enter(next.record)) {
        case HandlerExit.fault:
          next = new Fault(state.getUint32(State.fault, true) - 1, state.getUint32(State.error, true));
          state.setUint32(State.fault, 0, true);
          continue;
        case HandlerExit.halt:
          return { why: 'halt' };
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

  /** Has the guest take an exception; undefined where it does. */
  #take(fault: Fault): Exit | undefined {
    const { vector, code, address } = fault;
    if (address !== undefined) this.state.setBigUint64(State.cr2, address, true);
    if ((this.state.getUint32(State.cr0, true) & Cr0.pe) !== 0) return { why: 'exception', vector, error: code, address: gla(this.rip) };
    try {
      this.#real.interrupt(vector);
      return undefined;
    } catch (error) {
      if (error instanceof Fault) return { why: 'shutdown' };
      throw error;
    }
  }

  get rip(): bigint {
    return this.state.getBigUint64(State.rip, true);
  }

  /** The block at an address of the code segment, or the exception that fetching it raises. One of fewer instructions than usual isn't kept. */
  #blockAt(rip: bigint, most?: number): Block | Fault {
    const mode = modeOf(this.state);
    const base = this.#base(mode);
    if (mode.code !== 64 && rip > BigInt(this.state.getUint32(segmentPlace(Segment.cs) + SegmentPart.limit, true)))
      return new Fault(Vector.gp);
    const linear = mode.code === 64 ? rip : (base + rip) & 0xffff_ffffn;
    const first = this.#memory.fetch(linear);
    if (typeof first === 'number') return new Fault(Vector.pf, first, linear);
    if (first === undefined) return new Fault(Vector.gp);
    const found = most === undefined ? this.#blocks.find(rip, base, first.page, mode) : undefined;
    if (found !== undefined && (found.secondPage === undefined || found.secondPage === this.#memory.pageBehind(linear))) {
      this.#remember(found);
      return found;
    }
    if (this.#blocks.isFull) {
      this.#blocks.clear();
      this.#forgetJumps();
    }
    const code = this.#memory.code(linear, first.page);
    const built = this.#blocks.build(rip, base, mode, code, most);
    if (typeof built === 'string') return this.#undecodable(built, linear + BigInt(code.inFirst));
    if (most !== undefined) return built;
    this.#memory.guard(built.page);
    if (built.secondPage !== undefined) this.#memory.guard(built.secondPage);
    this.#blocks.keep(built);
    this.#remember(built);
    return built;
  }

  /** Where the code segment begins. Jumps are remembered by their offsets in it. */
  #base({ code }: Mode): bigint {
    const base = code === 64 ? 0n : this.state.getBigUint64(segmentPlace(Segment.cs) + SegmentPart.base, true);
    if (base !== this.#codeBase) this.#forgetJumps();
    this.#codeBase = base;
    return base;
  }

  #undecodable(why: Undecodable, behind: bigint): Fault {
    if (why !== 'short') return new Fault(why === 'ud' ? Vector.ud : Vector.gp);
    const fault = this.#memory.fetch(behind);
    return typeof fault === 'number' ? new Fault(Vector.pf, fault, behind) : new Fault(Vector.gp);
  }

  /** Blocks of one page may lead straight to each other: they come and go together. */
  #link(from: number, { record, rip, base, secondPage }: Block): void {
    const target = this.state.getBigUint64(from + Record.immediate, true);
    const next = this.state.getBigUint64(from + Record.next, true);
    const pageOf = (offset: bigint): bigint => (base + offset) >> BigInt(Tlb.pageBits);
    const isNear = rip === target && pageOf(rip) === pageOf(next - 1n);
    if (isNear && secondPage === undefined) this.state.setUint32(from + Record.link, record, true);
  }

  #remember({ rip, record }: Block): void {
    const mixed = Number(BigInt.asUintN(32, rip ^ (rip >> 12n))) & (Jumps.entries - 1);
    const entry = Layout.jumps + Jumps.entryBytes * mixed;
    this.state.setBigUint64(entry, rip, true);
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
