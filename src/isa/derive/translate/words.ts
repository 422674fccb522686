/** The words of instructions where they are translated: what is known there makes some shorter. */
import type { FlagUpdate } from '../../spec/op.ts';
import { X } from '../../spec/vocabulary.ts';
import type { Val } from '../../stage/index.ts';
import type { PendingFlags } from './flags.ts';

const half = 2n ** 47n;

export class TranslatedWords extends X {
  #flags: PendingFlags | undefined;

  /** Flags stand for what they are computed from: whoever changes them under a claim needs them settled. */
  set pendingFlags(flags: PendingFlags) {
    this.#flags = flags;
  }

  override holds(condition: number): Val {
    const claim = this.#flags?.compared(condition >> 1);
    if (claim === undefined) return super.holds(condition);
    return (condition & 1) === 1 ? this.not(claim) : claim;
  }

  override flags(update: FlagUpdate, claim: Val = this.known(1, 1)): void {
    if (claim.known !== undefined) super.flags(update, claim);
    else this.only(claim, () => super.flags(update));
  }

  override only(claim: Val, ask: () => void): void {
    const settle = (): void => this.#flags?.settle();
    this.commit(settle);
    super.only(claim, () => {
      ask();
      this.commit(settle);
    });
  }

  /** Where code goes on within its page is known, and canonical with four levels is with five. */
  override canonical(address: Val): Val {
    const { known } = address;
    const isPlain = known !== undefined && (known < half || known >= 2n ** 64n - half);
    return isPlain ? this.known(1, 1) : super.canonical(address);
  }
}
