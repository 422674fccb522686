/** Runs guest code: one predecoded block after the other, with what the interpreter can't do itself. */
import { Activity, type FeatureName, HandlerExit, readFlags, Shadow, State, tableWithin } from '../isa/index.ts';
import type { Ability, ApicMessage, Cpu, CpuState, Exit, Stop } from '../machine/index.ts';
import { Allowance } from './allowance.ts';
import type { LocalApic } from './apic/index.ts';
import { Arrivals } from './arrivals.ts';
import { Boundary } from './boundary.ts';
import { widestOf } from './canonical.ts';
import { CodePath, type KeptCode, type Translated } from './code/code-path.ts';
import { Dr6 } from './control/debug-registers.ts';
import { ExternalErrors } from './control/external-errors.ts';
import { featuresOf, profiles } from './control/profile.ts';
import { Elsewhere } from './elsewhere.ts';
import type { Engine } from './engine.ts';
import { Exceptions } from './exceptions.ts';
import { Fault, Unsupported, Vector } from './fault.ts';
import { type Handlers, handlersOf } from './handlers.ts';
import { Interrupts } from './interrupt/interrupts.ts';
import type { Ram } from './memory/ram.ts';
import { type Observer, observedModels, observedPorts } from './observer.ts';
import type { Owner } from './owner.ts';
import { enterPart } from './part.ts';
import { noPorts, type Ports } from './ports.ts';
import { RealMode } from './real/real-mode.ts';
import { Reckoning } from './reckoning.ts';
import { Registers } from './registers.ts';
import { setReset } from './reset.ts';
import { Tables } from './segment/tables.ts';
import { Services } from './services.ts';
import { Stops } from './stops.ts';
import { type System, systemOf } from './system.ts';
import { Traps } from './traps.ts';
import { loaded } from './value/load.ts';
import { saved } from './value/save.ts';

export class Processor implements Cpu {
  readonly state: DataView;
  readonly can: ReadonlySet<Ability>;
  readonly kicked: Int32Array;
  isAwaited = false;
  readonly #code: CodePath;
  readonly #interrupts: Interrupts;
  readonly #services: Services;
  readonly #handlers: Handlers;
  readonly #system: System;
  readonly #allowance: Allowance;
  readonly #reckoning: Reckoning;
  readonly #arrivals: Arrivals;
  readonly #exceptions: Exceptions;
  readonly #errors: ExternalErrors;
  readonly #boundary: Boundary;
  readonly #traps: Traps;
  /** Whether its time is counted in instructions. */
  readonly #isCounted: boolean;
  /** What it has, as CPUID tells. */
  readonly features: ReadonlySet<FeatureName>;
  readonly #observer: Observer | undefined;
  readonly #stops: Stops;
  readonly #elsewhere: Elsewhere | undefined;
  readonly #impatient: (() => void) | undefined;
  #instructions = 0n;
  #isRunning = false;

  constructor(ram: Ram, engine: Engine, ports: Ports = noPorts, owner: Owner = {}) {
    const home = ram.settle();
    const { state } = home;
    setReset(state);
    this.state = state;
    const features = featuresOf(engine.table.forms, owner.profile ?? profiles.all, owner.monitor !== undefined);
    this.features = features;
    const table = tableWithin(engine.table, features);
    this.#code = new CodePath(ram, home, table, engine.interpreter);
    this.#stops = new Stops(this.#code, owner.observer);
    const { memory } = this.#code;
    const registers = new Registers(state);
    const core = { registers, memory, tables: new Tables(registers, memory) };
    const real = new RealMode(state, memory);
    const { observer } = owner;
    this.#observer = observer;
    this.#impatient = owner.impatient;
    const interrupts = new Interrupts(state, core, real, owner.counter?.heard(observer) ?? observer);
    this.#interrupts = interrupts;
    this.#allowance = new Allowance(state);
    this.#boundary = new Boundary(state);
    this.#exceptions = new Exceptions(state, interrupts, this.#allowance);
    this.#isCounted = owner.now === undefined;
    this.can = new Set(this.#isCounted ? ['count', 'time', 'stop', 'handOut'] : ['count', 'stop', 'handOut']);
    this.kicked = owner.kicked ?? new Int32Array(1);
    this.#reckoning = new Reckoning(state, owner, () => this.#allowance.used - memory.underWay.unfinished);
    const [arrivals, elsewhere] = [() => this.#arrivals, () => this.#elsewhere];
    this.#system = systemOf({ ram, state, memory, features, now: this.#reckoning.now, arrivals, elsewhere }, owner);
    this.#elsewhere =
      owner.programs &&
      new Elsewhere({ ram, state, memory, table, next: () => this.#system.apic.timer.next, now: () => this.now }, owner.programs);
    this.#arrivals = new Arrivals({
      ...{ state, interrupts, apic: this.#system.apic },
      stop: () => this.#stop(),
      flush: () => this.flush(),
      isRunning: () => this.#isRunning,
    });
    this.#errors = new ExternalErrors(state, owner.floatingError);
    const control = observer === undefined ? this.#system.control : observedModels(this.#system.control, observer);
    this.#services = new Services({
      ...{ state, core, real, interrupts, control, errors: this.#errors },
      ports: observer === undefined ? ports : observedPorts(ports, observer),
      arrive: () => {
        this.#code.arrive();
        if (this.#isCalled || this.#boundary.isDue) this.#boundary.attention = true;
      },
    });
    this.#traps = new Traps({ code: this.#code, boundary: this.#boundary, exceptions: this.#exceptions, services: this.#services });
    this.#handlers = handlersOf(engine, ram, home, this.#code, this.#services.serve, owner.counter);
    interrupts.usually = this.#handlers.deliver;
    state.setUint32(State.widest, widestOf(features), true);
  }

  /** Of what it has predecoded, between two runs. */
  get code(): KeptCode {
    return this.#code;
  }

  /** Enters the interpreter for nothing, between two runs: what compiles code when it is entered first does so now. Less than nothing is to pay with, so it goes nowhere from there. */
  enterEmpty(): void {
    this.#allowance.now = -1;
    this.#handlers.enter(this.#code.nothingAt(this.rip));
    this.#allowance.now = 0;
  }

  get instructions(): bigint {
    return this.#instructions;
  }

  /** Those of `instructions`, and of the present run: also in the midst of an instruction that touches a device, which counts. */
  get count(): bigint {
    return this.#instructions + BigInt(this.#allowance.used - this.#code.memory.underWay.unfinished);
  }

  /** What was translated; undefined where all is interpreted. */
  get translated(): Readonly<Translated> | undefined {
    return this.#code.translated;
  }

  get rflags(): number {
    return readFlags(this.state);
  }

  get rip(): bigint {
    return this.state.getBigUint64(State.rip, true);
  }

  /** Its time, in ticks of its time-stamp counter: also in the midst of an instruction that touches a device. */
  get now(): bigint {
    return this.#system.now();
  }

  /** After page tables or control registers have changed; `isLocal`: but for what is global. */
  flush(isLocal = false): void {
    if (isLocal) this.#code.memory.flushLocal();
    else this.#code.memory.flush();
  }

  forget(): void {
    this.#code.clear();
    this.flush();
    this.#elsewhere?.programs.forgetMemory();
  }

  get stops(): readonly Stop[] {
    return this.#stops.all;
  }

  set stops(stops: readonly Stop[]) {
    this.#stops.all = stops;
    this.flush();
  }

  interrupt(vector: number): boolean {
    if (!this.#interrupts.isOpen) return false;
    this.#interrupts.take(vector);
    return true;
  }

  nonMaskable(): void {
    this.#boundary.hold(Shadow.waiting);
  }

  /** IGNNE#: an x87 exception that was told outside is ignored until it is cleared. */
  ignoreFloatingErrors(): void {
    this.#errors.ignore();
  }

  kick(): void {
    Atomics.store(this.kicked, 0, 1);
    if (this.#isRunning) this.#stop();
  }

  #stop(): void {
    this.#allowance.stop();
    this.#code.memory.underWay.stop();
  }

  receive(message: ApicMessage): void {
    this.#system.apic.receive(message);
  }

  get alarm(): bigint | undefined {
    const { next } = this.#system.apic.timer;
    const left = next === undefined ? undefined : next - this.#system.now();
    return left === undefined || left > 0n ? left : 0n;
  }

  pass(ticks: bigint): void {
    this.#pass(ticks);
    this.#arrivals.attend();
  }

  #pass(ticks: bigint): void {
    this.state.setBigUint64(State.ticks, BigInt.asUintN(64, this.state.getBigUint64(State.ticks, true) + ticks), true);
  }

  save(): CpuState {
    this.apic.settle();
    return saved(this.state, this.features);
  }

  load(state: CpuState): void {
    if (this.#isRunning) throw new Error('a processor that runs is loaded');
    const bytes = loaded(state, this.features);
    new Uint8Array(this.state.buffer, this.state.byteOffset).set(bytes);
    this.#arrivals.look();
    this.flush();
    this.#elsewhere?.programs.forgetMemory();
  }

  get apic(): LocalApic {
    return this.#system.apic;
  }

  reset(): void {
    setReset(this.state);
    this.#system.reset();
    this.flush();
    this.#elsewhere?.programs.forgetMemory();
  }

  run(budget: number, nanoseconds?: number): Exit {
    this.#isRunning = true;
    this.#elsewhere?.begin(nanoseconds);
    this.#allowance.begin(budget);
    this.state.setUint32(State.fault, 0, true);
    this.state.setUint32(State.heard, this.#observer === undefined ? 0 : 1, true);
    try {
      return this.#run();
    } catch (error) {
      if (error instanceof Unsupported) return { why: 'unsupported', what: error.message };
      throw error;
    } finally {
      this.#reckoning.end(this.#allowance.used);
      const used = BigInt(this.#allowance.end());
      this.#instructions += used;
      this.#pass(used);
      this.#isRunning = false;
    }
  }

  #run(): Exit {
    const { state } = this;
    const allowance = this.#allowance;
    const { memory } = this.#code;
    const { breakpoints } = memory;
    const [observer, boundary, traps] = [this.#observer, this.#boundary, this.#traps];
    let [from, cut, isHot] = [0, undefined as number | undefined, false];
    for (;;) {
      if (allowance.now === 0) this.#arrivals.look();
      if (Atomics.load(this.kicked, 0) !== 0) {
        Atomics.store(this.kicked, 0, 0);
        return { why: 'kick' };
      }
      this.#arrivals.take();
      const rest = this.#resting();
      if (rest !== undefined) return rest;
      const stop = this.#stops.areAny ? this.#stops.before(this.rip) : undefined;
      if (stop !== undefined) return { why: 'stop', stop };
      // Nothing leads on from what was forgotten.
      if (observer !== undefined && this.#stops.meet(this.rip)) from = 0;
      const isSeen = observer?.seesEach === true;
      const isLook = allowance.now === 0;
      if (isLook) {
        this.#code.translations?.look(this.#instructions);
        this.#go();
      }
      const { isTrapped, held } = boundary;
      const isWatched = breakpoints.areOn;
      const isAlone = isTrapped || isWatched || isSeen || (held !== 0 && (this.#isCalled || boundary.isWaitedFor));
      if (isAlone) allowance.go(1);
      if (isWatched && traps.isBefore(this.rip, held)) {
        const exit = this.#exceptions.take(new Fault(Vector.db), true);
        if (exit !== undefined) return exit;
        continue;
      }
      const went = isAlone || held !== 0 ? 'not' : this.#elsewhere?.run(!isLook);
      if (went !== undefined && went !== 'not') {
        this.#reckoning.skip();
        allowance.stop();
        from = 0;
        if (went === 'late') return { why: 'kick' };
        const isStepped = went === 'stepped' && breakpoints.tell(Dr6.bs);
        const exit = !(isStepped || went === 'lost')
          ? undefined
          : this.#exceptions.take(new Fault(isStepped ? Vector.db : Vector.ud), true);
        if (exit !== undefined) return exit;
        continue;
      }
      const most = isAlone ? 1 : cut;
      cut = undefined;
      const next = this.#code.blockAt(this.rip, most, isSeen);
      if (!('record' in next)) {
        const exit = this.#exceptions.take(next);
        if (exit !== undefined) return exit;
        continue;
      }
      if ((isHot || this.#code.isEager) && most === undefined) this.#code.warm(next);
      isHot = false;
      // What is cut off is soon another: nothing leads there.
      if (from !== 0 && most === undefined) this.#code.link(from, next);
      from = 0;
      if (isSeen) observer.instruction(next);
      boundary.begin(isTrapped || (isWatched && breakpoints.areGuests), held);
      boundary.attention = isAlone || this.#isCalled || boundary.isDue;
      const [{ asked }, { used }] = [this.#interrupts, allowance];
      const why =
        most !== undefined && most < next.instructions
          ? enterPart({ code: this.#code, handlers: this.#handlers, allowance }, next, most)
          : this.#handlers.enter(next.record);
      memory.underWay.goOn();
      allowance.settle();
      switch (why) {
        case HandlerExit.fault: {
          breakpoints.forget();
          const fault = boundary.takeFault();
          const missing = this.#services.takeMissing();
          if (missing !== undefined) throw missing;
          if (boundary.activity === Activity.frozen) continue;
          const exit = this.#exceptions.take(fault);
          if (exit !== undefined) return exit;
          continue;
        }
        case HandlerExit.budget:
          // A block that was known followed, for which there is nothing left.
          if (allowance.used !== used) break;
          boundary.hold(held);
          cut = allowance.rest() || undefined;
          continue;
        case HandlerExit.hot:
          isHot = true;
          if (allowance.used !== used) break;
          boundary.hold(held);
          continue;
        case HandlerExit.halt:
          boundary.activity = Activity.halted;
          break;
        case HandlerExit.link:
          from = state.getUint32(State.from, true);
          break;
        case HandlerExit.jump:
          if (state.getUint32(State.patience, true) === 0) this.#impatient?.();
          break;
        default:
      }
      const exit = traps.behind(isTrapped && asked === this.#interrupts.asked);
      if (exit !== undefined) return exit;
      const touched = isWatched ? breakpoints.takeTouched() : undefined;
      if (touched !== undefined) return { why: 'stop', stop: touched };
    }
  }

  /** Whether an interrupt waits, or may. */
  get #isCalled(): boolean {
    return this.isAwaited || this.#arrivals.isCalled;
  }

  /** As far as nothing is due, but for a look now and then whether somebody asks for control, and at the time of who tells it himself. */
  #go(): void {
    const { next } = this.#system.apic.timer;
    this.#reckoning.look(this.#allowance.used);
    if (!this.#isCounted) this.#allowance.goAbout(this.#reckoning.until(next));
    else this.#allowance.goUntil(next === undefined ? Number.POSITIVE_INFINITY : Math.max(Number(next - this.#system.now()), 1));
  }

  /** Why it doesn't go on with the next instruction. */
  #resting(): Exit | undefined {
    const { activity } = this.#boundary;
    if (activity === Activity.shutdown) return { why: 'shutdown' };
    if (this.isAwaited && this.#interrupts.isOpen) return { why: 'open' };
    if (activity === Activity.halted || activity === Activity.waiting || activity === Activity.frozen) return { why: 'halt' };
    return this.#allowance.left === 0 ? { why: 'budget' } : undefined;
  }
}
