/**
 * What one function does, in order. What is live becomes a node, and nodes become code when the function is complete: one that is used once is made where it is
 * used, one that nobody uses is not made at all.
 */
import { loadOf, storeOf } from './access.ts';
import { unsigned } from './bytes.ts';
import { integer } from './integers.ts';
import { opcode } from './opcode.ts';
import { Label, type Odds, type Stand, type Statement } from './statement.ts';
import { type Bits, type Code, type Home, known, type Ty, typeOf, Val, Variable, VariableRead } from './value.ts';

export class Statements {
  readonly parameters: readonly Ty[];
  readonly #outer: Statement[] = [];
  #block: Statement[] = this.#outer;
  readonly #open = new Set<Stand>([this.#outer]);
  /** Whether nothing goes on here: what would come isn't kept. */
  #isOver = false;
  /** The same of what was within another last. */
  #wasOver = false;

  constructor(parameters: readonly Ty[] = []) {
    this.parameters = parameters;
  }

  get statements(): readonly Statement[] {
    return this.#outer;
  }

  /** Whether it ends elsewhere than at its end. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Where whatever comes next stands. */
  get stand(): Stand {
    return this.#block;
  }

  /** Whether what was done there is done before whatever comes next. */
  isOpen(stand: Stand): boolean {
    return this.#open.has(stand);
  }

  // Where values come from.

  known(w: number, bits: Bits): Val {
    return known(w, bits);
  }

  parameter(index: number, w: number): Val {
    const ty = this.parameters[index];
    if (ty === undefined) throw new Error(`this function has no parameter ${index}`);
    return new Val(ty, w, undefined, [opcode['local.get'], ...unsigned(index)]);
  }

  /** A node of any code: for families that need what the operators below don't offer. */
  node(ty: Ty, w: number, code: Code, ...args: readonly Val[]): Val {
    return this.#define(new Val(ty, w, undefined, code, args));
  }

  /** The same where it has to stand where it is: it reads or changes what others change. */
  pinned(ty: Ty, w: number, code: Code, ...args: readonly Val[]): Val {
    return this.#define(new Val(ty, w, undefined, code, args, true));
  }

  /** Code without a result, in its place. */
  do(code: Code, ...args: readonly Val[]): void {
    this.#add({ kind: 'do', code, args });
    if (leaving.has(code[0])) this.#isOver = true;
  }

  /** Bits of linear memory, at an address of 32 bits. */
  load(w: number, address: Val, offset: number | Home = 0): Val {
    return this.pinned(typeOf(w), w, loadOf(w, offset), address);
  }

  store(value: Val, address: Val, offset: number | Home = 0): void {
    this.do(storeOf(value.w, offset), address, value);
  }

  variable(initial: Val): Variable {
    const variable = new Variable(initial.ty, initial.w);
    this.set(variable, initial);
    return variable;
  }

  get(variable: Variable): Val {
    return this.#define(new VariableRead(variable));
  }

  set(variable: Variable, value: Val): void {
    if (variable.w !== value.w) throw new Error(`${value.w} bits for a variable of ${variable.w}`);
    this.#add({ kind: 'set', variable, value });
  }

  // Control.

  /** Does what is under a claim where it holds: then and there, where the claim is known. */
  when(claim: Val, held: () => void, otherwise?: () => void): void {
    if (claim.known !== undefined) {
      if (claim.known === 1) held();
      else otherwise?.();
      return;
    }
    this.#if(claim, held, otherwise);
  }

  /** The same of a claim that hardly ever holds: engines put what is under it out of the way. */
  seldom(claim: Val, held: () => void): void {
    if (claim.known === undefined) this.#if(claim, held, undefined, 'seldom');
    else this.when(claim, held);
  }

  /** The same of a claim that mostly holds. */
  #unless(claim: Val, otherwise: () => void): void {
    if (claim.known === undefined) this.#if(claim, () => {}, otherwise, 'usual');
    else this.when(claim, () => {}, otherwise);
  }

  #if(claim: Val, held: () => void, otherwise?: () => void, odds?: Odds): void {
    const inside = this.#nested(held);
    const isOverInside = this.#wasOver;
    const outside = otherwise === undefined ? nothing : this.#nested(otherwise);
    const isOverOutside = otherwise !== undefined && this.#wasOver;
    if (inside.length + outside.length > 0) this.#add({ kind: 'if', condition: plainly(claim), held: inside, otherwise: outside, odds });
    if (isOverInside && isOverOutside) this.#isOver = true;
  }

  /** One of two values, of which only one is made; how often the first is, where that is clear. */
  either(claim: Val, a: () => Val, b: () => Val, odds?: Odds): Val {
    if (claim.known !== undefined) return claim.known === 1 ? a() : b();
    let result: Variable | undefined;
    const into = (make: () => Val) => (): void => {
      const value = make();
      result ??= new Variable(value.ty, value.w);
      this.set(result, value);
    };
    this.#if(claim, into(a), into(b), odds);
    if (result === undefined) throw new Error('neither side made a value');
    return this.get(result);
  }

  /** A value where all claims hold, as they usually do, each looked at where those before it hold; else another. */
  whereAll(claims: readonly (() => Val)[], value: Val, other: () => Val): Val {
    const result = new Variable(value.ty, value.w);
    this.labelled('behind', (end) => {
      this.labelled('behind', (otherwise) => {
        for (const claim of claims) this.#unless(claim(), () => this.go(otherwise));
        this.set(result, value);
        this.go(end);
      });
      this.set(result, other());
    });
    return this.get(result);
  }

  /** Runs at least once, and again as long as the claim holds. */
  repeat(body: () => Val): void {
    let again = known(1, 0);
    const statements = this.#nested(() => {
      again = body();
    });
    const isOver = this.#wasOver;
    this.#add({ kind: 'loop', body: statements, again });
    if (isOver) this.#isOver = true;
  }

  /**
   * Makes a number and goes on with that one of the cases, each staged by itself with the same parameters; what has no case, otherwise. One
   * case never goes on with the next.
   */
  dispatch(number: () => Val, cases: readonly (Statements | undefined)[], otherwise: (number: Val) => void): void {
    let on = known(32, 0);
    const before = this.#nested(() => {
      on = number();
    });
    const rest = this.#nested(() => otherwise(on));
    this.#add({ kind: 'dispatch', before, on, cases: cases.map((one) => one?.statements), otherwise: rest });
    this.#isOver = true;
  }

  /** In a case: makes the number anew. */
  redispatch(): void {
    this.#add({ kind: 'redispatch' });
    this.#isOver = true;
  }

  /** Does what is under a label, behind which whoever goes there goes on; or which he begins anew. */
  labelled(leads: Label['leads'], body: (label: Label) => void): void {
    const label = new Label(leads);
    const statements = this.#nested(() => body(label));
    const isOver = this.#wasOver;
    this.#add(label.isSought ? { kind: 'labelled', label, body: statements } : { kind: 'group', body: statements });
    if (isOver && !(leads === 'behind' && label.isSought)) this.#isOver = true;
  }

  /** Within what is labelled. */
  go(label: Label): void {
    if (this.#isOver) return;
    this.#add({ kind: 'go', label });
    label.isSought = true;
    this.#isOver = true;
  }

  /** Within all of these, to the one of a number, which is below how many there are. */
  choose(number: Val, labels: readonly Label[]): void {
    if (this.#isOver) return;
    this.#add({ kind: 'choose', number, labels });
    for (const label of labels) label.isSought = true;
    this.#isOver = true;
  }

  /** A place for what is known later; filled at most once. */
  group(): (body: () => void) => void {
    const statements: Statement[] = [];
    this.#add({ kind: 'group', body: statements });
    return (body) => {
      const isOver = this.#isOver;
      this.#isOver = false;
      for (const one of this.#nested(body)) statements.push(one);
      this.#isOver = isOver;
    };
  }

  /** Does what may turn out to be impossible, which an error of this kind says: then nothing is done. Returns whether it was. */
  attempt(Impossible: new (message: string) => Error, body: () => void): boolean {
    const [block, isOver] = [this.#block, this.#isOver];
    const { length } = block;
    try {
      body();
      return true;
    } catch (error) {
      if (!(error instanceof Impossible)) throw error;
      block.length = length;
      this.#isOver = isOver;
      return false;
    }
  }

  /** What is done within. */
  #nested(body: () => void): Statement[] {
    const outside = this.#block;
    const isOver = this.#isOver;
    const inside: Statement[] = [];
    this.#block = inside;
    this.#open.add(inside);
    try {
      body();
    } finally {
      this.#wasOver = this.#isOver;
      this.#isOver = isOver;
      this.#block = outside;
      this.#open.delete(inside);
    }
    return inside;
  }

  #define(value: Val): Val {
    this.#add(value);
    return value;
  }

  #add(statement: Statement): void {
    if (!this.#isOver) this.#block.push(statement);
  }
}

const nothing: readonly never[] = [];

/** A claim, for whoever looks only whether it is 0. */
export const plainly = (claim: Val): Val => {
  const denied = deniedBy(claim);
  const twice = denied && deniedBy(denied);
  return twice?.ty === 'i32' ? plainly(twice) : claim;
};

const deniedBy = ({ code, args: [arg] }: Val): Val | undefined => (code === integer.eqz.i32 || code === integer.eqz.i64 ? arg : undefined);

/** What nothing comes behind. */
const leaving: ReadonlySet<Code[number] | undefined> = new Set([
  opcode.unreachable,
  opcode.return,
  opcode.return_call,
  opcode.return_call_indirect,
]);
