/**
 * The words an instruction's `run` is written in: the operators of staged values, and what is architectural. Whether it makes an
 * interpreter's handler or a piece of a translation, no instruction can tell.
 */
import type { ServiceName } from '../runtime/service.ts';
import { Segment, SegmentPart, State, segmentPlace } from '../runtime/state.ts';
import { Lanes, type Val } from '../stage/index.ts';
import type { Access, Binding, Repetition, Size } from './binding.ts';
import type { FaultName, FlagName, FlagUpdate, Operand } from './op.ts';
import { locationOf, operandOf, vectorOf } from './operand.ts';

/** Numbers of the general registers: SDM Vol. 2A, table 2-2. */
export const Register = { ax: 0, cx: 1, dx: 2, bx: 3, sp: 4, bp: 5, si: 6, di: 7 } as const;
export type RegisterName = keyof typeof Register;

/** How many steps of a string are done before control is given back, where the state doesn't say. */
const stepsAtOnce = 256;

export class X extends Lanes {
  #binding: Binding | undefined;
  #commits: (() => void)[] = [];
  #ending: (() => void) | undefined;
  #dropped = 0;
  /** What the instructions so far were seen to depend on and to do. */
  readonly effects = new Set<string>();

  /** Emits one instruction: what it does, then its changes in the order they were asked for, then where it goes on. */
  perform(binding: Binding): void {
    this.#binding = binding;
    this.#commits = [];
    this.#ending = undefined;
    this.#dropped = 0;
    const { form } = binding.known;
    form.op.run(this, ...form.operands.map((code) => operandOf(this, binding, code)));
    this.#settle();
    const ending = this.#ending as (() => void) | undefined;
    if (ending === undefined) binding.proceed();
    else ending();
  }

  /** Makes the changes that were asked for. */
  #settle(): void {
    const commits = this.#commits;
    this.#commits = [];
    for (const commit of commits) commit();
  }

  /** What is made with an instruction at hand, but is none. */
  within(binding: Binding, make: () => Val): Val {
    this.#binding = binding;
    const value = make();
    this.#settle();
    return value;
  }

  get binding(): Binding {
    if (this.#binding === undefined) throw new Error('no instruction is at hand');
    return this.#binding;
  }

  // What is known of the instruction. Whoever asks makes it a form of its own for each answer.

  /** Operand size in bits. */
  get size(): Size {
    return this.binding.known.size;
  }

  /** Whether this is 64-bit mode. */
  get isLong(): boolean {
    this.effects.add('mode');
    return this.binding.known.mode === 64;
  }

  get addressSize(): Size {
    this.effects.add('address');
    return this.binding.known.address;
  }

  get stackSize(): Size {
    this.effects.add('stack');
    return this.binding.known.stack;
  }

  /** Whether ModRM names memory. */
  get isMemory(): boolean {
    return this.binding.known.isMemory;
  }

  /** The condition in the opcode. */
  get condition(): number {
    return this.binding.known.condition;
  }

  // Registers.

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

  /** Asks for a change, which is made when the instruction is through. */
  commit(change: () => void): void {
    this.#commits.push(change);
  }

  /** Bits of the state that have no other name here, by their offset in it. */
  state(offset: number, w: number): Val {
    this.effects.add('reads state');
    return this.binding.readState(offset, w);
  }

  setState(offset: number, value: Val): void {
    this.effects.add('writes state');
    this.commit(() => this.binding.writeState(offset, value));
  }

  /** Changes that are asked for within are made only where the claim holds. */
  only(claim: Val, ask: () => void): void {
    const outside = this.#commits;
    const inside: (() => void)[] = [];
    this.#commits = inside;
    ask();
    this.#commits = outside;
    this.commit(() =>
      this.when(claim, () => {
        for (const commit of inside) commit();
      }),
    );
  }

  // Flags.

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

  // Memory.

  /** Reads `w` bits at an offset in a segment. #GP where that isn't a multiple of `alignment` bytes. */
  read(segment: Segment | 'named', offset: Val, w: number, alignment = 1): Val {
    return this.load(w, this.#open(segment, offset, w / 8, 'read', alignment).place);
  }

  write(segment: Segment | 'named', offset: Val, value: Val, alignment = 1): void {
    const { place, close } = this.#open(segment, offset, value.w / 8, 'write', alignment);
    this.store(value, place);
    close();
  }

  /** Reads 256 bits, all of which may be read before any is. */
  readHalves(segment: Segment | 'named', offset: Val, alignment = 1): readonly [low: Val, high: Val] {
    const { place } = this.#open(segment, offset, 32, 'read', alignment);
    return [this.load(128, place), this.load(128, place, 16)];
  }

  writeHalves(segment: Segment | 'named', offset: Val, [low, high]: readonly [Val, Val], alignment = 1): void {
    const { place, close } = this.#open(segment, offset, 32, 'write', alignment);
    this.store(low, place);
    this.store(high, place, 16);
    close();
  }

  /** Reads, and writes what is made of that, at one place. */
  rewrite(segment: Segment | 'named', offset: Val, w: number, make: (old: Val) => Val): readonly [Val, Val] {
    const { place, close } = this.#open(segment, offset, w / 8, 'write');
    const old = this.load(w, place);
    const made = make(old);
    this.store(made, place);
    close();
    return [old, made];
  }

  /** Faults where a byte can't be read. */
  touch(segment: Segment | 'named', offset: Val): void {
    this.#open(segment, offset, 1, 'read');
  }

  /** Makes sure that bytes may be written, before anything is. */
  probe(segment: Segment | 'named', offset: Val, bytes: number): void {
    this.#open(segment, offset, bytes, 'write');
  }

  /** Linear address of bytes that a service reads or writes by itself. */
  linear(segment: Segment | 'named', offset: Val, bytes: number, access: Access): Val {
    this.effects.add(access === 'read' ? 'reads memory' : 'writes memory');
    return this.binding.linear(segment, offset, bytes, access);
  }

  #open(
    segment: Segment | 'named',
    offset: Val,
    bytes: number,
    access: Access,
    alignment = 1,
  ): { readonly place: Val; readonly close: () => void } {
    this.effects.add(access === 'read' ? 'reads memory' : 'writes memory');
    const linear = this.binding.linear(segment, offset, bytes, access);
    if (alignment > 1) this.require(this.eqz(this.and(linear, this.known(64, alignment - 1))), 'gp');
    const place = this.binding.open(linear, bytes, access, segment);
    return { place, close: () => this.binding.close(place, bytes) };
  }

  /** Where bytes are in linear memory, in one piece; who writes there closes it. #GP where that isn't a multiple of `alignment`, unless it is no address. */
  opened(segment: Segment | 'named', offset: Val, bytes: number, access: Access, alignment = 1): Val {
    this.effects.add(access === 'read' ? 'reads memory' : 'writes memory');
    const linear = this.binding.linear(segment, offset, bytes, access);
    const isAligned = this.eqz(this.and(linear, this.known(64, alignment - 1)));
    if (alignment > 1) this.require(this.isLong ? this.or(isAligned, this.not(this.canonical(linear))) : isAligned, 'gp');
    return this.binding.open(linear, bytes, access, segment);
  }

  // The stack.

  /** Pushes values in this order: what may fault comes first, for all of them. */
  push(...values: readonly Val[]): void {
    const pointer = this.register('sp', this.stackSize);
    let top = pointer.get();
    const places = values.map((value) => {
      top = this.sub(top, this.known(top.w, value.w / 8));
      return { value, offset: top };
    });
    if (places.length > 1) for (const { value, offset } of places) this.probe(Segment.ss, offset, value.w / 8);
    for (const { value, offset } of places) this.write(Segment.ss, offset, value);
    pointer.set(top);
  }

  /** Pushes a value, if what is required between finding its place and writing it holds. */
  pushWhere(value: Val, require: () => void): void {
    const pointer = this.register('sp', this.stackSize);
    const top = this.sub(pointer.get(), this.known(pointer.w, value.w / 8));
    const { place, close } = this.#open(Segment.ss, top, value.w / 8, 'write');
    require();
    this.store(value, place);
    close();
    pointer.set(top);
  }

  /** Bits on top of the stack, `above` bytes higher up. */
  peek(w: number, above = 0): Val {
    const top = this.register('sp', this.stackSize).get();
    return this.read(Segment.ss, this.add(top, this.known(top.w, above)), w);
  }

  /** Takes so many bytes off the stack; a number of them, which addresses made later count in, or as many as a value says. */
  drop(bytes: number | Val): void {
    const pointer = this.register('sp', this.stackSize);
    if (typeof bytes === 'number') this.#dropped += bytes;
    const by = typeof bytes === 'number' ? this.known(pointer.w, bytes) : this.zext(bytes, pointer.w);
    pointer.set(this.add(pointer.get(), by));
  }

  /** Bytes that this instruction has taken off the stack before an address is made: SDM Vol. 2B, POP. */
  get dropped(): number {
    return this.#dropped;
  }

  // Strings.

  /** Whether the prefix of a string instruction repeats it. */
  get repetition(): Repetition | undefined {
    return this.binding.known.repetition;
  }

  /**
   * Does a string instruction's step as often as its prefix says: SDM Vol. 2B, REP/REPE/REPZ/REPNE/REPNZ. What a step asked for is made
   * before the next, whose fault leaves it at that. Control is given back after a number of steps, lest interrupts wait for all of them.
   */
  repeated(step: () => void): void {
    const { repetition } = this;
    if (repetition === undefined) {
      step();
      return;
    }
    const counter = this.register('cx', this.addressSize);
    this.when(this.nez(counter.get()), () => {
      const wanted = this.binding.readState(State.steps, 32);
      const steps = this.variable(this.select(this.eqz(wanted), this.known(32, stepsAtOnce), wanted));
      this.repeat(() => {
        step();
        const rest = this.sub(counter.get(), this.known(counter.w, 1));
        counter.set(rest);
        this.#settle();
        const isWanted = repetition === 'rep' ? this.known(1, 1) : this.eq(this.flag('z'), this.known(1, repetition === 'repe' ? 1 : 0));
        const goesOn = this.and(this.nez(rest), isWanted);
        const left = this.sub(this.get(steps), this.known(32, 1));
        this.set(steps, left);
        this.when(this.and(goesOn, this.eqz(left)), () => this.binding.again());
        return goesOn;
      });
    });
  }

  // Where it goes on.

  /** Address of the next instruction, of 64 bits. */
  get next(): Val {
    return this.binding.next();
  }

  /** Goes where the relative operand leads, if the claim holds. Faults at once where no code can be. */
  branch(claim: Val = this.known(1, 1)): void {
    this.effects.add('branches');
    const { binding } = this;
    this.when(claim, () => this.#requireCode(binding.target()));
    this.#ending = () =>
      this.when(
        claim,
        () => binding.branch(),
        () => binding.proceed(),
      );
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

  /** Has the processor do what depends on its mode in many ways, at once; leaves with its fault. Returns what it says, of 64 bits. */
  service(name: ServiceName, ...args: readonly Val[]): Val {
    this.effects.add('serves');
    return this.binding.service(name, args);
  }

  /** Goes on where a service has led, if the claim holds. */
  arrive(claim: Val = this.known(1, 1)): void {
    this.effects.add('branches');
    const { binding } = this;
    this.#ending = () =>
      this.when(
        claim,
        () => binding.arrive(),
        () => binding.proceed(),
      );
  }

  /** Waits for an interrupt. */
  halt(): void {
    this.effects.add('branches');
    const { binding } = this;
    this.#ending = () => binding.halt();
  }

  /** #GP where an address isn't canonical, or beyond the limit of the code segment: SDM Vol. 2A, JMP. */
  #requireCode(target: Val): void {
    const limit = segmentPlace(Segment.cs) + SegmentPart.limit;
    const isCode = this.isLong ? this.canonical(target) : this.not(this.ltu(this.state(limit, 32), this.truncate(target, 32)));
    this.require(isCode, 'gp');
  }

  /** Whether the upper 17 bits of an address are alike: SDM Vol. 1, 3.3.7.1. */
  canonical(address: Val): Val {
    return this.eq(this.sar(this.shl(address, 16), 16), address);
  }

  /** Leaves with a fault unless the privilege level is 0. */
  requirePrivilege(fault: FaultName = 'gp'): void {
    this.require(this.eqz(this.state(State.cpl, 32)), fault);
  }

  /** Leaves with a fault unless the claim holds. */
  require(claim: Val, fault: FaultName, error: Val | number = 0): void {
    this.effects.add(`#${fault.toUpperCase()}`);
    const { binding } = this;
    const code = typeof error === 'number' ? this.known(32, error) : error;
    this.when(
      claim,
      () => {},
      () => binding.leave(fault, code),
    );
  }
}
