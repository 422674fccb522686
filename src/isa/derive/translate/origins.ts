/** What values are, each as a sum of a number and of what nothing is known of: so it is told how far two addresses lie from each other. */
import { conversion, integer, type Stage, type Stand, type Val, VariableRead } from '../../stage/index.ts';

/** What a value is beside a number. Two values of the same origin differ by a number that is known, up to a multiple of 2 to the power of their type's bits. */
export interface Origin {
  /** Of what is made of it, with what: each is made once. */
  readonly made: Map<string | Origin, Origin>;
  /** Of a number of 32 bits that stands in 64: what it is there. */
  readonly low: Sum | undefined;
}

export interface Sum {
  /** Undefined of a number that is known. */
  readonly origin: Origin | undefined;
  readonly plus: bigint;
}

/** What a register is, since it was set: somewhere that is through, it may have been or not. */
interface Held {
  readonly sum: Sum;
  readonly stand: Stand;
}

export type Registers = ReadonlyMap<number, Held>;

const newOrigin = (low?: Sum): Origin => ({ made: new Map(), low });

const derived = (from: Origin, how: string | Origin, low?: Sum): Origin => {
  const found = from.made.get(how);
  if (found !== undefined) return found;
  const made = newOrigin(low);
  from.made.set(how, made);
  return made;
};

export class Origins {
  readonly #x: Stage;
  /** Also of what registers were when they were looked at. */
  readonly #sums = new Map<Val, Sum>();
  /** By their offsets in the state, as they are now. */
  #registers = new Map<number, Held>();

  constructor(x: Stage) {
    this.#x = x;
  }

  /** Of all registers, to go on from elsewhere. */
  get now(): Registers {
    return new Map(this.#registers);
  }

  set now(registers: Registers) {
    this.#registers = new Map(registers);
  }

  /** A register is looked at. */
  read(offset: number, value: Val): void {
    let held = this.#registers.get(offset);
    if (held === undefined || !this.#x.isOpen(held.stand)) {
      held = { sum: { origin: newOrigin(), plus: 0n }, stand: this.#x.stand };
      this.#registers.set(offset, held);
    }
    this.#sums.set(value, held.sum);
  }

  /** A register is set. */
  write(offset: number, value: Val): void {
    this.#registers.set(offset, { sum: this.of(value), stand: this.#x.stand });
  }

  of(value: Val): Sum {
    if (value.known !== undefined) return { origin: undefined, plus: BigInt(value.known) };
    const found = this.#sums.get(value);
    if (found !== undefined) return found;
    const sum = this.#made(value) ?? { origin: newOrigin(), plus: 0n };
    this.#sums.set(value, sum);
    return sum;
  }

  #made(value: Val): Sum | undefined {
    const { code, args, ty } = value;
    const [a, b] = args;
    if (a === undefined || value instanceof VariableRead) return undefined;
    if (value.isName) return a.ty === ty ? this.of(a) : undefined;
    switch (code) {
      case integer.add.i64:
      case integer.add.i32:
        return b && added(this.of(a), this.of(b));
      case integer.sub.i64:
      case integer.sub.i32:
        return b?.known === undefined ? undefined : added(this.of(a), { origin: undefined, plus: -BigInt(b.known) });
      case integer.shl.i64:
      case integer.shl.i32:
        return b?.known === undefined ? undefined : shifted(this.of(a), BigInt(b.known));
      case conversion.wrap:
        return lowOf(this.of(a));
      case conversion.extendU:
        return extended(this.of(a));
      default:
        return undefined;
    }
  }
}

const added = (a: Sum, b: Sum): Sum => {
  const plus = a.plus + b.plus;
  if (a.origin === undefined || b.origin === undefined) return { origin: a.origin ?? b.origin, plus };
  return { origin: derived(a.origin, b.origin), plus };
};

const shifted = ({ origin, plus }: Sum, by: bigint): Sum => ({ origin: origin && derived(origin, `<< ${by}`), plus: plus << by });

/** Its lower 32 bits. */
const lowOf = ({ origin, plus }: Sum): Sum => {
  if (origin === undefined) return { origin, plus };
  return origin.low === undefined ? { origin: derived(origin, 'low'), plus } : { origin: origin.low.origin, plus: origin.low.plus + plus };
};

/** 32 bits with zeros above them. What was the sum of 32 bits is none of 64. */
const extended = (low: Sum): Sum => {
  const plus = BigInt.asUintN(32, low.plus);
  return low.origin === undefined ? { origin: undefined, plus } : { origin: derived(low.origin, `${plus}`, { ...low, plus }), plus: 0n };
};
