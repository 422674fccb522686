/**
 * Several processors on one memory, on one thread: they take turns. To their guest they are as many; together they are as fast as one. Where nobody tells them the time it is counted in the instructions of all, so
 * that the same run is had again from the same state.
 */
import { ApicBus, type Command, type LocalApic, Processor } from '../cpu/index.ts';
import { State } from '../isa/index.ts';
import type { Ability, ApicMessage, CpuState, Exit, Stop, Turn } from '../machine/index.ts';
import { Delivery } from '../machine/index.ts';
import type { Addressed, BoardProcessor, ProcessorPlan } from './processor.ts';
import { isReady, runTurn } from './turn.ts';

/** Instructions that one runs before it is another's turn, at the most: less than a millisecond, about, that one may wait in vain for what another one holds. */
const turn = 100_000;
/** PAUSEs until a turn ends: the first, for what one waits for can't come before. And where no other one would go on, until that is looked at again. */
const [patience, longPatience] = [1, 1000];

export class InTurns implements BoardProcessor {
  readonly can: ReadonlySet<Ability>;
  readonly kicked = new Int32Array(1);
  readonly features: ReadonlySet<string>;
  readonly #all: readonly [Processor, ...Processor[]];
  readonly #bus: ApicBus;
  readonly #told: (() => bigint) | undefined;
  /** Whose turn it is, or was last. */
  #present = 0;
  #isRunning = false;
  /** Whether another one has its turn though this one's isn't over. */
  #isYielding = false;
  #isFirstNext = false;
  /** Whom the present one leaves its turn to, instead of the one behind it. */
  #next: number | undefined;
  /** Who is told of their turns, where somebody is; until when he knows of them. */
  readonly #turns: readonly Turn[] | undefined;
  #known = 0n;
  #longestNs = 0n;
  longest = 0;
  /** Whether somebody outside wants control. */
  #isKicked = false;
  /** Of time that is counted, what passed while none ran. */
  #passed = 0n;

  /** `processors`: at least one, and no more than their memory was made for. */
  constructor({ ram, engine, ports, owner, ofEach, turns }: ProcessorPlan, processors: number) {
    this.#told = owner.now;
    this.#turns = turns;
    this.#bus = new TellingBus(() => this.#yield());
    const made = (index: number): Processor =>
      new Processor(ram, engine, ports, {
        ...owner,
        ...ofEach?.(index),
        ...{ bus: this.#bus, kicked: this.kicked, topology: { apicId: index, processors }, now: () => this.now },
        impatient: () => this.#waits(),
        ...(owner.seed !== undefined && { seed: owner.seed + BigInt(index) }),
      });
    const others = Array.from({ length: processors - 1 }, (_, index) => index + 1);
    this.#all = [made(0), ...others.map(made)];
    const { can, features } = this.#first;
    this.features = features;
    this.can = this.#told === undefined ? new Set([...can, 'time']) : can;
  }

  /** The one that a computer begins with, and that an 8259 interrupts. */
  get #first(): Processor {
    return this.#all[0];
  }

  get #current(): Processor {
    return this.#all[this.#present] ?? this.#first;
  }

  get all(): readonly Processor[] {
    return this.#all;
  }

  get others(): readonly Processor[] {
    return this.#all.slice(1);
  }

  get now(): bigint {
    if (this.#told !== undefined) return this.#told();
    return this.#passed + this.count;
  }

  get instructions(): bigint {
    return this.#all.reduce((sum, { instructions }) => sum + instructions, 0n);
  }

  /** And those of the present run. */
  get count(): bigint {
    return this.#all.reduce((sum, { count }) => sum + count, 0n);
  }

  /** Of the one that ran last. */
  get rip(): bigint {
    return this.#current.rip;
  }

  get rflags(): number {
    return this.#current.rflags;
  }

  get passesExternal(): boolean {
    return this.#first.apic.passesExternal;
  }

  get isAwaited(): boolean {
    return this.#first.isAwaited;
  }

  /** Once it is, the first is next. */
  set isAwaited(is: boolean) {
    if (is && !this.#first.isAwaited && this.#present !== 0) {
      this.#isFirstNext = true;
      this.#yield();
    }
    this.#first.isAwaited = is;
  }

  get stops(): readonly Stop[] {
    return this.#first.stops;
  }

  set stops(stops: readonly Stop[]) {
    for (const one of this.#all) one.stops = stops;
  }

  get alarm(): bigint | undefined {
    return this.#all.reduce<bigint | undefined>((least, { alarm }) => sooner(least, alarm), undefined);
  }

  run(budget: number, nanoseconds?: number): Exit {
    const until = this.instructions + BigInt(budget);
    this.#isRunning = true;
    if (this.#turns !== undefined) this.#begin();
    try {
      return this.#run(until, nanoseconds);
    } finally {
      this.#isRunning = false;
      this.#isKicked = this.#isYielding = false;
      this.#next = undefined;
    }
  }

  /** Until all rest, or one has to be seen to. */
  #run(until: bigint, nanoseconds: number | undefined): Exit {
    let resting = 0;
    for (;;) {
      if (this.#isFirstNext) this.#present = 0;
      this.#isFirstNext = false;
      const left = Number(until - this.instructions);
      if (left <= 0) return { why: 'budget' };
      const [present, before] = [this.#current, this.#current.instructions];
      present.state.setUint32(State.patience, patience, true);
      const exit = runTurn(present, this.#turns?.[this.#present], () => present.run(Math.min(left, turn), nanoseconds));
      if (this.#turns !== undefined) this.#tell(this.#turns);
      // What it did may have woken another one.
      if (exit.why === 'halt') {
        resting = present.instructions === before ? resting + 1 : 1;
        this.#next = undefined;
      } else if (exit.why === 'budget' || (exit.why === 'kick' && this.#isYielding)) resting = 0;
      else return exit;
      if (this.#isKicked) return { why: 'kick' };
      if (resting === this.#all.length) return exit;
      this.#isYielding = false;
      this.#present = this.#next ?? (this.#present + 1) % this.#all.length;
      this.#next = undefined;
    }
  }

  /** What is known of turns begins: nobody is told of what passed between two runs. */
  #begin(): void {
    this.#known = this.now;
    this.#longestNs = 0n;
    this.longest = this.#present;
  }

  /** A turn is over. Who was ready waited for as long. */
  #tell(turns: readonly Turn[]): void {
    const now = this.now;
    const took = now - this.#known;
    this.#known = now;
    if (took > this.#longestNs) [this.#longestNs, this.longest] = [took, this.#present];
    for (const [index, processor] of this.#all.entries()) if (index !== this.#present && isReady(processor)) turns[index]?.waited(took);
  }

  yieldTo(which: number): void {
    if (!this.#isRunning || which === this.#present || this.#all[which] === undefined) return;
    this.#next ??= which;
    this.#yield();
  }

  /** The present one's turn ends with its instruction. */
  #yield(): void {
    if (!this.#isRunning) return;
    this.#isYielding = true;
    this.#current.kick();
  }

  /** The present one waits: where another one would go on, that has its turn. */
  #waits(): void {
    const present = this.#current;
    if (this.#all.some((one) => one !== present && isReady(one))) this.#yield();
    else present.state.setUint32(State.patience, longPatience, true);
  }

  kick(): void {
    if (this.#isRunning) this.#isKicked = true;
    this.#current.kick();
  }

  interrupt(vector: number): boolean {
    return this.#first.interrupt(vector);
  }

  nonMaskable(): void {
    this.#first.nonMaskable();
  }

  ignoreFloatingErrors(): void {
    this.#first.ignoreFloatingErrors();
  }

  receive(message: ApicMessage): void {
    this.#first.receive(message);
  }

  deliver(message: Addressed): void {
    this.#bus.deliver(message);
  }

  pass(ticks: bigint): void {
    this.#passed += ticks;
    for (const one of this.#all) one.pass(0n);
  }

  /** Of the first one: `others` have their own. */
  save(): CpuState {
    return this.#first.save();
  }

  load(state: CpuState): void {
    this.#first.load(state);
    if (this.#told === undefined) this.#passed += state.time.ticks - this.now;
  }

  /** The first begins, the others wait to be started: SDM Vol. 3A, 9.4.2. */
  reset(): void {
    this.#present = 0;
    for (const one of this.#all) one.reset();
    for (const one of this.others) one.receive({ vector: 0, delivery: Delivery.init, isLevel: false });
  }

  enter(set: (state: DataView) => void): void {
    set(this.#first.state);
    this.forget();
  }

  flush(): void {
    for (const one of this.#all) one.flush();
  }

  forget(): void {
    for (const one of this.#all) one.forget();
  }
}

const sooner = (one: bigint | undefined, other: bigint | undefined): bigint | undefined =>
  one === undefined || (other !== undefined && other < one) ? other : one;

/** Tells when one processor sends another one something: who sends it often waits for what comes of it. */
class TellingBus extends ApicBus {
  readonly #sent: () => void;

  constructor(sent: () => void) {
    super();
    this.#sent = sent;
  }

  override send(from: LocalApic, command: Command): void {
    super.send(from, command);
    if (command.shorthand !== 'self') this.#sent();
  }
}
