/** Makes code of what was staged: nodes used once where they are used, nodes used often once, in locals. */
import { Writer } from './bytes.ts';
import { opcode } from './opcode.ts';
import { Places } from './places.ts';

import type { Label, Statement, Variable } from './statement.ts';
import { type Statements, VariableRead } from './statements.ts';
import type { Code, Ty, Val } from './value.ts';

export const typeByte: Readonly<Record<Ty, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b };

/** The body of a function, without its size: WebAssembly Core Specification, 5.5.13. */
export interface FunctionBody {
  readonly bytes: Uint8Array;
  /** Where in it offsets of what is the processor's own are. */
  readonly homes: readonly number[];
}

/** `home`: where the part of linear memory begins that is the processor's own. */
export const bodyOf = (stage: Statements, indexOf: (name: string) => number, home = 0): FunctionBody =>
  new Body(stage, indexOf, home).made();

class Body {
  readonly #uses = new Map<Val | Variable, number>();
  readonly #places: Places;
  /** Labels that are open, and how many were when the dispatch began. */
  #labels = 0;
  #dispatch = 0;
  /** How many labels are open within each. */
  readonly #open = new Map<Label, number>();
  readonly #code = new Writer();
  readonly #homes: number[] = [];
  readonly #stage: Statements;
  readonly #indexOf: (name: string) => number;
  readonly #home: number;

  constructor(stage: Statements, indexOf: (name: string) => number, home: number) {
    this.#stage = stage;
    this.#indexOf = indexOf;
    this.#home = home;
    this.#places = new Places(stage.parameters.length);
  }

  made(): FunctionBody {
    this.#count(this.#stage.statements);
    this.#block(this.#stage.statements);
    this.#code.byte(opcode.end);
    const whole = new Writer();
    const { types } = this.#places;
    whole.unsigned(types.length);
    for (const ty of types) {
      whole.byte(1);
      whole.byte(typeByte[ty]);
    }
    const { length } = whole;
    whole.bytes(this.#code.written);
    return { bytes: whole.written, homes: this.#homes.map((at) => length + at) };
  }

  #count(statements: readonly Statement[]): void {
    for (const statement of statements) {
      switch (statement.kind) {
        case 'define':
          // What reads what changes may also fault or count: it is made, used or not. A variable's value alone does neither.
          if (statement.value.isPinned && !(statement.value instanceof VariableRead)) this.#use(statement.value, 0);
          break;
        case 'do':
          for (const arg of statement.args) this.#use(arg);
          break;
        case 'set':
          this.#use(statement.value);
          this.#refer(statement.variable);
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
        case 'go':
          break;
        case 'choose':
          this.#use(statement.number);
          break;
        case 'labelled':
        case 'group':
          this.#count(statement.body);
          break;
        default:
          statement satisfies never;
      }
    }
  }

  #use(value: Val, times = 1): void {
    if (isName(value)) {
      for (const arg of value.args) this.#use(arg, times);
      return;
    }
    const before = this.#uses.get(value);
    this.#uses.set(value, (before ?? 0) + times);
    if (before !== undefined) return;
    for (const arg of value.args) this.#use(arg);
    if (value instanceof VariableRead) this.#refer(value.variable);
  }

  #refer(variable: Variable): void {
    this.#uses.set(variable, (this.#uses.get(variable) ?? 0) + 1);
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
        this.#local(opcode['local.set'], statement.variable);
        this.#referred(statement.variable);
        break;
      case 'if':
        this.#push(statement.condition);
        this.#begin(opcode.if);
        this.#block(statement.held);
        if (statement.otherwise.length > 0) {
          this.#code.byte(opcode.else);
          this.#block(statement.otherwise);
        }
        this.#end();
        break;
      case 'loop':
        this.#begin(opcode.loop);
        this.#places.enterLoop();
        this.#block(statement.body);
        this.#push(statement.again);
        this.#places.leaveLoop();
        this.#code.byte(opcode.br_if);
        this.#code.byte(0);
        this.#end();
        break;
      case 'dispatch':
        this.#cases(statement);
        break;
      case 'redispatch':
        this.#branch(this.#dispatch);
        break;
      case 'labelled':
        this.#begin(statement.label.leads === 'anew' ? opcode.loop : opcode.block);
        this.#open.set(statement.label, this.#labels);
        if (statement.label.leads === 'anew') this.#places.enterLoop();
        this.#block(statement.body);
        if (statement.label.leads === 'anew') this.#places.leaveLoop();
        this.#end();
        break;
      case 'go':
        this.#branch(this.#depthOf(statement.label));
        break;
      case 'choose': {
        const [otherwise, ...others] = statement.labels.toReversed();
        if (otherwise === undefined) throw new Error('nothing to choose from');
        this.#push(statement.number);
        this.#code.byte(opcode.br_table);
        this.#code.unsigned(others.length);
        for (const label of [...others.toReversed(), otherwise]) this.#code.unsigned(this.#labels - this.#depthOf(label));
        break;
      }
      case 'group':
        this.#block(statement.body);
        break;
      default:
        statement satisfies never;
    }
  }

  #depthOf(label: Label): number {
    const depth = this.#open.get(label);
    if (depth === undefined) throw new Error('nothing around it has this label');
    return depth;
  }

  #branch(depth: number): void {
    this.#code.byte(opcode.br);
    this.#code.unsigned(this.#labels - depth);
  }

  #local(code: number, what: Val | Variable): void {
    this.#code.byte(code);
    this.#code.unsigned(this.#places.of(what));
  }

  /** What is looked at for the last time leaves its place to others. */
  #referred(what: Val | Variable): void {
    const left = (this.#uses.get(what) ?? 0) - 1;
    this.#uses.set(what, left);
    if (left === 0) this.#places.free(what);
  }

  #begin(code: number): void {
    this.#code.byte(code);
    this.#code.byte(0x40);
    this.#labels++;
  }

  #end(): void {
    this.#code.byte(opcode.end);
    this.#labels--;
  }

  #cases({ before, on, cases, otherwise }: Statement & { readonly kind: 'dispatch' }): void {
    this.#begin(opcode.loop);
    this.#dispatch = this.#labels;
    for (let label = 0; label <= cases.length; label++) this.#begin(opcode.block);
    this.#block(before);
    this.#push(on);
    this.#code.byte(opcode.br_table);
    this.#code.unsigned(cases.length);
    for (let at = 0; at <= cases.length; at++) this.#code.unsigned(at);
    for (const one of [...cases, otherwise]) {
      this.#end();
      this.#places.apart(() => this.#block(one));
    }
    this.#end();
    this.#code.byte(opcode.unreachable);
  }

  #define(value: Val): void {
    if (isName(value)) return;
    const uses = this.#uses.get(value) ?? 0;
    if (!value.isPinned && uses < 2) return;
    if (value instanceof VariableRead && uses === 0) return;
    this.#make(value);
    if (uses === 0) this.#code.byte(opcode.drop);
    else this.#local(opcode['local.set'], value);
  }

  #push(value: Val): void {
    if (!this.#places.has(value)) this.#make(value);
    else {
      this.#local(opcode['local.get'], value);
      this.#referred(value);
    }
  }

  #make(value: Val): void {
    if (value.known !== undefined) this.#constant(value, value.known);
    else if (value instanceof VariableRead) {
      this.#places.keepUnset(value.variable);
      this.#local(opcode['local.get'], value.variable);
      this.#referred(value.variable);
    } else {
      for (const arg of value.args) this.#push(arg);
      this.#write(value.code);
    }
  }

  #constant({ ty, w }: Val, bits: bigint): void {
    if (ty === 'i32') {
      this.#code.byte(opcode['i32.const']);
      this.#code.signed(BigInt.asIntN(32, bits));
    } else if (ty === 'i64') {
      this.#code.byte(opcode['i64.const']);
      this.#code.signed(BigInt.asIntN(64, bits));
    } else if (w === 128) {
      this.#code.byte(0xfd);
      this.#code.byte(0x0c);
      for (let shift = 0n; shift < 128n; shift += 8n) this.#code.byte(Number((bits >> shift) & 255n));
    } else throw new Error(`no constant of ${ty}`);
  }

  #write(code: Code): void {
    for (const piece of code) {
      if (typeof piece === 'number') this.#code.byte(piece);
      else if ('home' in piece) {
        this.#homes.push(this.#code.length);
        this.#code.unsigned(this.#home + piece.home);
      } else this.#code.unsigned(this.#indexOf(piece.call));
    }
  }
}

/** The same thing at another width: it needs no local of its own. */
const isName = ({ known, isPinned, code }: Val): boolean => known === undefined && !isPinned && code.length === 0;
