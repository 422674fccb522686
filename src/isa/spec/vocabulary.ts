/**
 * The words an instruction's `run` is written in: the operators of staged values, and what is architectural. Whether it makes an
 * interpreter's handler or a piece of a translation, no instruction can tell.
 */
import type { ServiceName } from '../runtime/service.ts';
import { Segment, SegmentPart, segmentPlace } from '../runtime/state.ts';
import type { Val } from '../stage/index.ts';
import type { Binding } from './binding.ts';
import { operandOf } from './operand.ts';
import { Strings } from './words/string.ts';

export { Register, type RegisterName } from './words/registers.ts';

/** All of them, and where it goes on. */
export class X extends Strings {
  #ending: (() => void) | undefined;

  /** Emits one instruction: what it does, then its changes in the order they were asked for, then where it goes on. */
  perform(binding: Binding): void {
    this.begin(binding);
    const { form } = binding.known;
    form.op.run(this, ...form.operands.map((code) => operandOf(this, binding, code)));
    this.settle();
    const ending = this.#ending as (() => void) | undefined;
    if (ending === undefined) binding.proceed();
    else ending();
  }

  protected override begin(binding: Binding): void {
    super.begin(binding);
    this.#ending = undefined;
  }

  /** Address of the next instruction, of 64 bits. */
  get next(): Val {
    return this.binding.next();
  }

  /** Goes where the relative operand leads, if the claim holds. Faults at once where no code can be. */
  branch(claim: Val = this.known(1, 1)): void {
    this.effects.add('branches');
    const { binding } = this;
    this.when(claim, () => this.#requireCode(binding.target()));
    this.#endWhere(claim, () => binding.branch());
  }

  /** Goes to an address in the code segment, cut to the operand size. Faults at once where no code can be. */
  jump(target: Val): void {
    this.effects.add('branches');
    const { binding } = this;
    const whole = this.zext(target, 64);
    this.#requireCode(whole);
    this.#ending = () => binding.jump(whole);
  }

  /** Goes on with the next instruction, but looks at everything anew: what was changed decides how. */
  resume(): void {
    this.effects.add('branches');
    const { binding } = this;
    this.#ending = () => binding.resume();
  }

  /** Goes on with the next instruction, which must be the first of a block: what waits comes before it. Where the claim doesn't hold, what was changed decides how code is run. */
  heed(claim: Val = this.known(1, 1)): void {
    this.effects.add('branches');
    const { binding } = this;
    this.#ending = () => binding.heed(claim);
  }

  /** Goes on with the next instruction. Where the claim holds, the processor's turn may end before that. */
  giveWay(claim: Val): void {
    this.effects.add('branches');
    const { binding } = this;
    this.#endWhere(claim, () => binding.resume());
  }

  /** Privilege or EFLAGS.AC changes: with them, which pages are seen and which jumps are known. */
  look(): void {
    this.effects.add('writes state');
    this.commit(() => this.binding.look());
  }

  /** Page tables are others: of translations, those of global pages stay. */
  forgetLocal(): void {
    this.effects.add('writes state');
    this.commit(() => this.binding.forgetLocal());
  }

  /** Has the processor do what depends on its mode in many ways, at once; leaves with its fault. Returns what it says, of 64 bits. */
  service(name: ServiceName, ...args: readonly Val[]): Val {
    this.effects.add('serves');
    return this.binding.service(name, args);
  }

  /** Goes on where a service has led, if the claim holds. */
  arrive(claim: Val = this.known(1, 1)): void {
    this.effects.add('branches');
    const { binding } = this;
    this.#endWhere(claim, () => binding.arrive());
  }

  /** Waits for an interrupt. */
  halt(): void {
    this.effects.add('branches');
    const { binding } = this;
    this.#ending = () => binding.halt();
  }

  /** Ends so where the claim holds; else the next instruction follows. */
  #endWhere(claim: Val, so: () => void): void {
    const { binding } = this;
    this.#ending = () => this.when(claim, so, () => binding.proceed());
  }

  /** #GP where an address isn't canonical, or beyond the limit of the code segment: SDM Vol. 2A, JMP. */
  #requireCode(target: Val): void {
    const limit = segmentPlace(Segment.cs) + SegmentPart.limit;
    const isCode = this.isLong ? this.canonical(target) : this.not(this.ltu(this.state(limit, 32), this.truncate(target, 32)));
    this.require(isCode, 'gp');
  }
}
