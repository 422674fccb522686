/** Makes code of what was staged: nodes used once where they are used, nodes used often once, in locals. */
import { signed, unsigned, vector } from './bytes.ts';
import { opcode } from './opcode.ts';
import { type Stage, VariableRead } from './stage.ts';
import type { Statement, Variable } from './statement.ts';
import type { Code, Ty, Val } from './value.ts';

export const typeByte: Readonly<Record<Ty, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b };

/** The body of a function, without its size: WebAssembly Core Specification, 5.5.13. */
export interface FunctionBody {
  readonly bytes: readonly number[];
  /** Where in it offsets of what is the processor's own are. */
  readonly homes: readonly number[];
}

export const bodyOf = (stage: Stage, indexOf: (name: string) => number): FunctionBody => new Body(stage, indexOf).made();

class Body {
  readonly #uses = new Map<Val, number>();
  #locals = new Map<Val | Variable, number>();
  /** Locals by their types; cases of a dispatch have theirs one after the other in the same. */
  readonly #byType = new Map<Ty, number[]>();
  #taken = new Map<Ty, number>();
  /** Labels that are open, and how many were when the dispatch began. */
  #labels = 0;
  #dispatch = 0;
  readonly #types: Ty[] = [];
  readonly #code: number[] = [];
  readonly #homes: number[] = [];
  readonly #stage: Stage;
  readonly #indexOf: (name: string) => number;

  constructor(stage: Stage, indexOf: (name: string) => number) {
    this.#stage = stage;
    this.#indexOf = indexOf;
  }

  made(): FunctionBody {
    this.#count(this.#stage.statements);
    this.#block(this.#stage.statements);
    this.#code.push(opcode.end);
    const locals = vector(this.#types.map((ty) => [1, typeByte[ty]]));
    return { bytes: [...locals, ...this.#code], homes: this.#homes.map((at) => locals.length + at) };
  }

  #count(statements: readonly Statement[]): void {
    for (const statement of statements) {
      switch (statement.kind) {
        case 'define':
          // What reads what changes may also fault or count: it is made, used or not.
          if (statement.value.isPinned) this.#use(statement.value, 0);
          break;
        case 'do':
          for (const arg of statement.args) this.#use(arg);
          break;
        case 'set':
          this.#use(statement.value);
          break;
        case 'if':
          this.#use(statement.condition);
          this.#count(statement.held);
          this.#count(statement.otherwise);
          break;
        case 'loop':
          this.#count(statement.body);
          this.#use(statement.again);
          break;
        case 'dispatch':
          this.#count(statement.before);
          this.#use(statement.on);
          for (const one of statement.cases) this.#count(one);
          this.#count(statement.otherwise);
          break;
        case 'redispatch':
          break;
        default:
          statement satisfies never;
      }
    }
  }

  #use(value: Val, times = 1): void {
    const before = this.#uses.get(value);
    this.#uses.set(value, (before ?? 0) + times);
    if (before === undefined) for (const arg of value.args) this.#use(arg);
  }

  #block(statements: readonly Statement[]): void {
    for (const statement of statements) this.#statement(statement);
  }

  #statement(statement: Statement): void {
    switch (statement.kind) {
      case 'define':
        this.#define(statement.value);
        break;
      case 'do':
        for (const arg of statement.args) this.#push(arg);
        this.#write(statement.code);
        break;
      case 'set':
        this.#push(statement.value);
        this.#code.push(opcode['local.set'], ...unsigned(this.#localOf(statement.variable)));
        break;
      case 'if':
        this.#push(statement.condition);
        this.#begin(opcode.if);
        this.#block(statement.held);
        if (statement.otherwise.length > 0) {
          this.#code.push(opcode.else);
          this.#block(statement.otherwise);
        }
        this.#end();
        break;
      case 'loop':
        this.#begin(opcode.loop);
        this.#block(statement.body);
        this.#push(statement.again);
        this.#code.push(opcode.br_if, 0);
        this.#end();
        break;
      case 'dispatch':
        this.#cases(statement);
        break;
      case 'redispatch':
        this.#code.push(opcode.br, ...unsigned(this.#labels - this.#dispatch));
        break;
      default:
        statement satisfies never;
    }
  }

  #begin(code: number): void {
    this.#code.push(code, 0x40);
    this.#labels++;
  }

  #end(): void {
    this.#code.push(opcode.end);
    this.#labels--;
  }

  #cases({ before, on, cases, otherwise }: Statement & { readonly kind: 'dispatch' }): void {
    this.#begin(opcode.loop);
    this.#dispatch = this.#labels;
    for (let label = 0; label <= cases.length; label++) this.#begin(opcode.block);
    this.#block(before);
    this.#push(on);
    this.#code.push(opcode.br_table, ...vector(cases.map((_, at) => unsigned(at))), ...unsigned(cases.length));
    const [locals, taken] = [this.#locals, this.#taken];
    for (const one of [...cases, otherwise]) {
      this.#end();
      [this.#locals, this.#taken] = [new Map(locals), new Map(taken)];
      this.#block(one);
    }
    this.#end();
    this.#code.push(opcode.unreachable);
  }

  #define(value: Val): void {
    const uses = this.#uses.get(value) ?? 0;
    if (!value.isPinned && uses < 2) return;
    // A name for the same thing needs no local of its own.
    if (!value.isPinned && value.code.length === 0) return;
    this.#make(value);
    if (uses === 0) this.#code.push(opcode.drop);
    else this.#code.push(opcode['local.set'], ...unsigned(this.#localOf(value)));
  }

  #push(value: Val): void {
    const local = this.#locals.get(value);
    if (local !== undefined) this.#code.push(opcode['local.get'], ...unsigned(local));
    else this.#make(value);
  }

  #make(value: Val): void {
    if (value.known !== undefined) this.#constant(value, value.known);
    else if (value instanceof VariableRead) this.#code.push(opcode['local.get'], ...unsigned(this.#localOf(value.variable)));
    else {
      for (const arg of value.args) this.#push(arg);
      this.#write(value.code);
    }
  }

  #constant({ ty, w }: Val, bits: bigint): void {
    if (ty === 'i32') this.#code.push(opcode['i32.const'], ...signed(BigInt.asIntN(32, bits)));
    else if (ty === 'i64') this.#code.push(opcode['i64.const'], ...signed(BigInt.asIntN(64, bits)));
    else if (w === 128) this.#code.push(0xfd, 0x0c, ...Array.from({ length: 16 }, (_, byte) => Number((bits >> BigInt(8 * byte)) & 255n)));
    else throw new Error(`no constant of ${ty}`);
  }

  #write(code: Code): void {
    for (const piece of code) {
      if (typeof piece === 'number') this.#code.push(piece);
      else if ('home' in piece) {
        this.#homes.push(this.#code.length);
        this.#code.push(...unsigned(piece.home));
      } else this.#code.push(...unsigned(this.#indexOf(piece.call)));
    }
  }

  #localOf(what: Val | Variable): number {
    let local = this.#locals.get(what);
    if (local === undefined) {
      local = this.#freeLocal(what.ty);
      this.#locals.set(what, local);
    }
    return local;
  }

  #freeLocal(ty: Ty): number {
    const all = this.#byType.get(ty) ?? [];
    this.#byType.set(ty, all);
    const at = this.#taken.get(ty) ?? 0;
    this.#taken.set(ty, at + 1);
    if (at === all.length) all.push(this.#stage.parameters.length + this.#types.push(ty) - 1);
    return all[at] ?? 0;
  }
}
