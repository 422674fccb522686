/** The words of instructions where they are translated: what is known there makes some shorter. */
import { Eflags, Segment, State } from '../../runtime/state.ts';
import type { FlagUpdate } from '../../spec/op.ts';
import { X } from '../../spec/vocabulary.ts';
import { widthOf } from '../../spec/width.ts';
import type { Val } from '../../stage/index.ts';
import { bulk, isUniform } from '../interpret/repeat.ts';
import { type TranslationBinding, Untranslated } from './binding.ts';
import type { PendingFlags } from './flags.ts';

const half = 2n ** 47n;
const pageBytes = 4096;

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

  /** Strings that are moved or filled within a page of each side, at once; others are left. Steps count the same, as they are fewer than come before control is given back. */
  override repeated(step: () => void): void {
    if (this.repetition === undefined) {
      step();
      return;
    }
    const own = this.binding as TranslationBinding; // Whoever writes regions gives them none but that.
    const { form, size } = own.known;
    const isMove = form.op.name === 'movs';
    if (!own.isFlat || !(isMove || form.op.name === 'stos')) throw new Untranslated('a string that is repeated');
    const counter = this.register('cx', this.addressSize);
    this.when(this.nez(counter.get()), () => {
      this.#inOnePiece(own, isMove, widthOf(form.operands[0] ?? '', size));
      counter.set(this.known(counter.w, 0));
      this.settle();
    });
  }

  /** As many elements as are counted. */
  #inOnePiece(own: TranslationBinding, isMove: boolean, w: number): void {
    const leaveUnless = (claim: Val): void => this.seldom(this.not(claim), () => own.elsewhere());
    const count = this.register('cx', this.addressSize).get();
    const [di, si] = [this.register('di', this.addressSize), this.register('si', this.addressSize)];
    const isUp = this.eqz(this.and(this.state(State.flags, 32), this.known(32, Eflags.df)));
    const isShort = this.not(this.ltu(this.known(count.w, (8 * pageBytes) / w), count));
    leaveUnless(this.and(this.and(isUp, isShort), this.eqz(this.state(State.steps, 32))));
    if (!isMove) leaveUnless(isUniform(this, w));
    const bytes = this.shl(this.zext(count, 32), Math.log2(w / 8));
    const from = isMove ? own.open(own.linear('named', si.get(), 1), bytes, 'read') : undefined;
    const to = own.open(own.linear(Segment.es, di.get(), 1), bytes, 'write');
    if (from === undefined) this.do(bulk.fill, to, this.zext(this.register('ax', 8).get(), 32), bytes);
    else {
      // What is read after it was written is a pattern that grows.
      leaveUnless(this.not(this.ltu(this.sub(to, from), bytes)));
      this.do(bulk.copy, to, from, bytes);
    }
    for (const pointer of isMove ? [si, di] : [di]) pointer.set(this.add(pointer.get(), this.zext(bytes, pointer.w)));
  }

  /** Where code goes on within its page is known, and canonical with four levels is with five. */
  override canonical(address: Val): Val {
    const { known } = address;
    const isPlain = known !== undefined && (known < half || known >= 2n ** 64n - half);
    return isPlain ? this.known(1, 1) : super.canonical(address);
  }
}
