/** Flags as what they are computed from: runtime/state.ts has the layout. */
import { AuxBit, State } from '../../runtime/state.ts';
import type { FlagName, FlagUpdate } from '../../spec/op.ts';
import type { X } from '../../spec/vocabulary.ts';
import type { Val } from '../../stage/index.ts';

/** Where the three words are, by their offsets in the state. */
export interface FlagWords {
  load(offset: number, w: number): Val;
  store(offset: number, value: Val): void;
}

export const wordsInMemory = (x: X): FlagWords => ({
  load: (offset, w) => x.load(w, x.known(32, 0), { home: offset }),
  store: (offset, value) => x.store(value, x.known(32, 0), { home: offset }),
});

export class LazyFlags {
  readonly #x: X;
  readonly #words: FlagWords;

  constructor(x: X, words: FlagWords) {
    this.#x = x;
    this.#words = words;
  }

  #load(offset: number, w: number): Val {
    return this.#words.load(offset, w);
  }

  #store(offset: number, value: Val): void {
    this.#words.store(offset, value);
  }

  read(name: FlagName): Val {
    const x = this.#x;
    switch (name) {
      case 'c':
        return x.msb(this.#load(State.carry, 32));
      case 'o': {
        const carry = this.#load(State.carry, 32);
        return x.msb(x.xor(carry, x.shl(carry, 1)));
      }
      case 'z':
        return x.eqz(this.#load(State.result, 64));
      case 's':
        return x.xor(x.msb(this.#load(State.result, 64)), x.bit(this.#load(State.aux, 32), AuxBit.otherSign));
      case 'p':
        return x.xor(x.evenParity(this.#load(State.result, 8)), x.bit(this.#load(State.aux, 32), AuxBit.otherParity));
      case 'a':
        return x.bit(this.#load(State.aux, 32), AuxBit.af);
      default:
        return name satisfies never;
    }
  }

  write(update: FlagUpdate): void {
    const { result, a, z, s, p } = update;
    const x = this.#x;
    const out = update.carries?.();
    // All is read before anything is written.
    const carry = this.#carry(update, out);
    const isApart = z !== undefined || s !== undefined || p !== undefined;
    const apart = isApart ? this.#apart(update) : undefined;
    const aux = out ?? (a === undefined ? undefined : x.shl(x.zext(a(), 32), AuxBit.af));
    if (result !== undefined && apart === undefined) {
      this.#store(State.result, x.sext(result, 64));
      const af = aux === undefined ? this.#load(State.aux, 32) : x.zext(aux, 32);
      this.#store(State.aux, x.and(x.truncate(af, 32), x.known(32, 1 << AuxBit.af)));
    } else if (apart !== undefined) {
      this.#store(State.result, apart.result);
      const af = x.zext(a?.() ?? this.read('a'), 32);
      this.#store(State.aux, x.or(apart.aux, x.shl(af, AuxBit.af)));
    } else if (a !== undefined) {
      const rest = x.and(this.#load(State.aux, 32), x.known(32, ~(1 << AuxBit.af)));
      this.#store(State.aux, x.or(rest, x.shl(x.zext(a(), 32), AuxBit.af)));
    }
    if (carry !== undefined) this.#store(State.carry, carry);
  }

  /** CF in bit 31, and in bit 30 what OF makes of it. */
  #carry({ c, o }: FlagUpdate, out: Val | undefined): Val | undefined {
    const x = this.#x;
    if (out !== undefined && c === undefined && o === undefined) {
      return out.w === 64 ? x.slice(out, 32, 32) : x.shl(x.zext(out, 32), 32 - out.w);
    }
    if (c === undefined && o === undefined) return undefined;
    const [cf, of] = [c?.() ?? this.read('c'), o?.() ?? (out === undefined ? this.read('o') : overflowOf(x, out))];
    return x.or(x.shl(x.zext(cf, 32), 31), x.shl(x.zext(x.xor(cf, of), 32), 30));
  }

  /** A result from which ZF, SF and PF come as they are wanted, each by itself. */
  #apart({ result, z, s, p }: FlagUpdate): { readonly result: Val; readonly aux: Val } {
    const x = this.#x;
    const zero = z?.() ?? (result === undefined ? this.read('z') : x.eqz(result));
    const sign = s?.() ?? (result === undefined ? this.read('s') : x.msb(result));
    const parity = p?.() ?? (result === undefined ? this.read('p') : x.evenParity(x.zext(result, 64)));
    const notZero = x.or(x.shl(x.zext(sign, 64), 63), x.select(parity, x.known(64, 3), x.known(64, 1)));
    // Of zero the sign is clear and the parity even.
    const other = x.or(x.shl(x.zext(sign, 32), AuxBit.otherSign), x.shl(x.zext(x.not(parity), 32), AuxBit.otherParity));
    return { result: x.select(zero, x.known(64, 0), notZero), aux: x.select(zero, other, x.known(32, 0)) };
  }
}

const overflowOf = (x: X, carries: Val): Val => x.xor(x.msb(carries), x.bit(carries, carries.w - 2));
