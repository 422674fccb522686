/** Registers and flags. */
import { State } from '../../runtime/state.ts';
import type { Val } from '../../stage/index.ts';
import type { FlagName, FlagUpdate, Operand } from '../op.ts';
import { locationOf, vectorOf } from '../operand.ts';
import { AtHand } from './at-hand.ts';

/** Numbers of the general registers: SDM Vol. 2A, table 2-2. */
export const Register = { ax: 0, cx: 1, dx: 2, bx: 3, sp: 4, bp: 5, si: 6, di: 7 } as const;
export type RegisterName = keyof typeof Register;

export class Registers extends AtHand {
  /** A general register that the opcode implies. */
  register(name: RegisterName, w: number): Operand {
    return this.location(this.known(32, State.gpr + 8 * Register[name]), w);
  }

  /** A register by its place in the state. */
  location(place: Val, w: number): Operand {
    return locationOf(this, place, w);
  }

  /** Bits 8 to 15 of the accumulator. */
  get ah(): Operand {
    return this.location(this.known(32, State.gpr + 1), 8);
  }

  /** A vector register by its place in the state. */
  vector(place: Val, w: number): Operand {
    return vectorOf(this, place, w);
  }

  get xmm0(): Operand {
    return this.vector(this.known(32, State.vectors), 128);
  }

  /** MXCSR, 32 bits of it. */
  get mxcsr(): Val {
    this.effects.add('floats');
    return this.binding.readState(State.mxcsr, 32);
  }

  set mxcsr(value: Val) {
    this.effects.add('floats');
    this.commit(() => this.binding.writeState(State.mxcsr, value));
  }

  flag(name: FlagName): Val {
    this.effects.add('reads flags');
    return this.binding.readFlag(name);
  }

  /** Asks for a change of flags, which is made where a claim holds. */
  flags(update: FlagUpdate, claim: Val = this.known(1, 1)): void {
    this.effects.add('writes flags');
    this.commit(() => this.when(claim, () => this.binding.writeFlags(update)));
  }

  /** Whether a condition holds: SDM Vol. 1, appendix B. */
  holds(condition: number): Val {
    const flag = (name: FlagName): Val => this.flag(name);
    const less = (): Val => this.xor(flag('s'), flag('o'));
    const claims: readonly (() => Val)[] = [
      () => flag('o'),
      () => flag('c'),
      () => flag('z'),
      () => this.or(flag('c'), flag('z')),
      () => flag('s'),
      () => flag('p'),
      less,
      () => this.or(flag('z'), less()),
    ];
    const claim = claims[condition >> 1]?.() ?? this.known(1, 0);
    return (condition & 1) === 1 ? this.not(claim) : claim;
  }
}
