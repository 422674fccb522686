/** Makes code of what was staged: nodes used once where they are used, nodes used often once, in locals. */
import { Writer } from './bytes.ts';
import { opcode } from './opcode.ts';
import { Places } from './places.ts';
import type { Label, Odds, Statement } from './statement.ts';
import type { Statements } from './statements.ts';
import { noteUses } from './uses.ts';
import { type Bits, type Code, type Owner, type Ty, Val, VariableRead } from './value.ts';

export const typeByte: Readonly<Record<Ty, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b };

/** The body of a function, without its size: WebAssembly Core Specification, 5.5.13. */
export interface FunctionBody {
  readonly bytes: Uint8Array;
  /** Where in it offsets of what is the processor's own are. */
  readonly homes: readonly number[];
  /** Where in it branches are that mostly go one way. */
  readonly hints: readonly Hint[];
}

export interface Hint {
  readonly at: number;
  readonly odds: Odds;
}

/** Of a stage that was none yet. `home`: where the part of linear memory begins that is the processor's own. */
export const bodyOf = (stage: Statements, indexOf: (name: string) => number, home = 0): FunctionBody =>
  new Body(stage, indexOf, home).made();

class Body {
  readonly #places: Places;
  /** Labels that are open, and how many were when the dispatch began. */
  #labels = 0;
  #dispatch = 0;
  readonly #code = new Writer();
  /** Where the code last set a local, if it did nothing since. */
  #setAt = -1;
  #setEnd = -1;
  #setLocal = -1;
  readonly #homes: number[] = [];
  readonly #hints: Hint[] = [];
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
    noteUses(this.#stage.statements);
    this.#block(this.#stage.statements);
    // Where nothing goes on, what is left on the stack is of no meaning.
    if (this.#stage.isOver) this.#code.byte(opcode.unreachable);
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
    return {
      bytes: whole.written,
      homes: this.#homes.map((at) => length + at),
      hints: this.#hints.map(({ at, odds }) => ({ at: length + at, odds })),
    };
  }

  #block(statements: readonly Statement[]): void {
    for (const statement of statements) {
      if (statement instanceof Val) this.#value(statement);
      else this.#statement(statement);
    }
  }

  #statement(statement: Exclude<Statement, Val>): void {
    switch (statement.kind) {
      case 'do':
        for (const arg of statement.args) this.#push(arg);
        this.#write(statement.code);
        break;
      case 'set':
        this.#push(statement.value);
        this.#set(statement.variable);
        this.#referred(statement.variable);
        break;
      case 'if':
        this.#push(statement.condition);
        if (statement.odds !== undefined) this.#hints.push({ at: this.#code.length, odds: statement.odds });
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
        this.#labelled(statement.label, statement.body);
        break;
      case 'go':
        this.#branch(statement.label.depth);
        break;
      case 'choose':
        this.#choose(statement.number, statement.labels);
        break;
      case 'group':
        this.#block(statement.body);
        break;
      default:
        statement satisfies never;
    }
  }

  #labelled(label: Label, body: readonly Statement[]): void {
    const isLoop = label.leads === 'anew';
    this.#begin(isLoop ? opcode.loop : opcode.block);
    label.depth = this.#labels;
    if (isLoop) this.#places.enterLoop();
    this.#block(body);
    if (isLoop) this.#places.leaveLoop();
    this.#end();
    label.depth = 0;
  }

  #choose(number: Val, labels: readonly Label[]): void {
    this.#push(number);
    this.#code.byte(opcode.br_table);
    this.#code.unsigned(labels.length - 1);
    for (const { depth } of labels) this.#code.unsigned(this.#from(depth));
  }

  #branch(depth: number): void {
    this.#code.byte(opcode.br);
    this.#code.unsigned(this.#from(depth));
  }

  /** How many labels are open since one was, by how many were then. */
  #from(depth: number): number {
    if (depth === 0) throw new Error('nothing around it has this label');
    return this.#labels - depth;
  }

  #set(owner: Owner): void {
    this.#setAt = this.#code.length;
    this.#setLocal = this.#places.of(owner);
    this.#code.byte(opcode['local.set']);
    this.#code.unsigned(this.#setLocal);
    this.#setEnd = this.#code.length;
  }

  #get(owner: Owner): void {
    const local = this.#places.of(owner);
    if (this.#setEnd === this.#code.length && this.#setLocal === local) {
      this.#code.change(this.#setAt, opcode['local.tee']);
      this.#setEnd = -1;
    } else {
      this.#code.byte(opcode['local.get']);
      this.#code.unsigned(local);
    }
    this.#referred(owner);
  }

  /** What is looked at for the last time leaves its place to others. */
  #referred(owner: Owner): void {
    if (--owner.uses === 0) this.#places.free(owner);
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

  #cases({ before, on, cases, otherwise }: Exclude<Statement, Val> & { readonly kind: 'dispatch' }): void {
    this.#begin(opcode.loop);
    this.#dispatch = this.#labels;
    this.#places.enterLoop();
    const present = cases.filter((one) => one !== undefined);
    for (let label = 0; label <= present.length; label++) this.#begin(opcode.block);
    this.#block(before);
    this.#push(on);
    this.#code.byte(opcode.br_table);
    this.#code.unsigned(cases.length);
    let label = 0;
    for (const one of cases) this.#code.unsigned(one === undefined ? present.length : label++);
    this.#code.unsigned(present.length);
    for (const one of [...present, otherwise]) {
      this.#end();
      this.#places.apart(() => this.#block(one));
    }
    this.#places.leaveLoop();
    this.#end();
    this.#code.byte(opcode.unreachable);
  }

  #value(value: Val): void {
    if (!value.isApart) return;
    this.#make(value);
    if (value.uses === 0) this.#code.byte(opcode.drop);
    else this.#set(value);
  }

  #push(value: Val): void {
    if (value.local >= 0) this.#get(value);
    else if (value.isName) for (const arg of value.args) this.#push(arg);
    else this.#make(value);
  }

  #make(value: Val): void {
    if (value.known !== undefined) this.#constant(value, value.known);
    else if (value instanceof VariableRead) {
      this.#places.keepUnset(value.variable);
      this.#get(value.variable);
    } else {
      for (const arg of value.args) this.#push(arg);
      this.#write(value.code);
    }
  }

  #constant({ ty, w }: Val, bits: Bits): void {
    if (typeof bits === 'number') {
      this.#code.byte(opcode['i32.const']);
      this.#code.signed(bits | 0);
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
