/** A processor that the kernel runs. What it has and how its state is told are an emulated one's, so each goes on from where the other was: `model.ts`, `state/`. */
import { linuxKvm } from '../abi/index.ts';
import { type Engine, noPorts, type Owner, type Ports } from '../cpu/index.ts';
import { Alarm, type KvmProcessor } from '../host/kvm/index.ts';
import type { FeatureName } from '../isa/index.ts';
import { type Ability, type ApicMessage, type Cpu, type CpuState, Delivery, type Exit, type Stop, UnfitState } from '../machine/index.ts';
import { Accesses } from './accesses.ts';
import type { KvmBoard } from './board.ts';
import type { Addressed } from './messages.ts';
import { Model } from './model.ts';
import { isOfDeadline, timeLeft } from './state/apic.ts';
import { interruptIn, isOfApic } from './state/events.ts';
import { levelIn, unfit } from './state/fit.ts';
import { type Parts, readParts, writeParts } from './state/parts.ts';
import { partsOf, Model as Register, valueIn } from './state/value.ts';

/** Nanoseconds that a run takes at the least and the most before it is looked whether somebody asks for control: entering and leaving takes some thousands. */
const [shortestNs, longestNs] = [50_000, 1_000_000] as const;
/** So often it runs, at the most, until it has taken what an 8259 told: signals that come may have it come back before. */
const turnsToTake = 4;
const { exitReason, mpState, runAt } = linuxKvm;
const timeStamp = 0x10;

export type KvmOwner = Pick<Owner, 'profile' | 'vendor' | 'topology' | 'space' | 'endOfInterrupt' | 'kicked' | 'seed' | 'now' | 'monitor'>;

/** One for each thread. */
let alarm: Alarm | undefined;

export class KvmCpu implements Cpu {
  readonly can: ReadonlySet<Ability> = new Set();
  readonly kicked: Int32Array;
  readonly features: ReadonlySet<FeatureName>;
  isAwaited = false;
  readonly #board: KvmBoard;
  readonly #processor: KvmProcessor;
  readonly #model: Model;
  readonly #accesses: Accesses;
  readonly #owner: KvmOwner;
  readonly #now: () => bigint;
  readonly #numbers: readonly number[];
  readonly #ownNumbers: ReadonlySet<number>;
  #isRunning = false;
  #isUnfinished = false;
  #isDown = false;
  #isWithoutTable = false;
  #seed = 0n;
  #ranNs = 0n;
  /** How often it may yet come back until it is sure to have taken what an 8259 told. */
  #turnsToTake = 0;

  /** Throws a RangeError where this host lacks something of its profile, or its guest knows its monitor. */
  constructor(board: KvmBoard, engine: Engine, ports: Ports = noPorts, owner: KvmOwner = {}) {
    const { profile = board.profile, topology = { apicId: 0, processors: 1 }, vendor, seed = 0n } = owner;
    board.demand(profile);
    if (owner.monitor !== undefined)
      throw new RangeError('its guest knows a monitor of its own, and what it calls that by goes to the kernel’s here');
    this.#board = board;
    this.#owner = owner;
    this.#now = owner.now ?? (() => process.hrtime.bigint());
    this.kicked = owner.kicked ?? new Int32Array(1);
    this.#processor = board.processor(topology.apicId);
    // Whatever else it is told is for one that runs.
    const ticksPerSecond = 1000 * this.#processor.tscKhz;
    this.#model = new Model(engine, { profile, topology, seed, ticksPerSecond, ...(vendor !== undefined && { vendor }) });
    this.features = this.#model.processor.features;
    this.#ownNumbers = new Set(this.#model.fresh.models.map(({ number }) => number));
    this.#numbers = [...this.#ownNumbers, ...this.#others, timeStamp];
    this.#accesses = new Accesses(this.#processor.run, ports, board.ram, owner.space);
    this.#processor.identify(this.#model.rows());
    alarm ??= new Alarm();
    this.#processor.block(alarm.blocked);
    this.reset();
  }

  get #others(): readonly number[] {
    return [
      ...(this.features.has('tsc_adjust') ? [Register.adjust] : []),
      ...(this.features.has('tsc_deadline_timer') ? [Register.deadline] : []),
    ];
  }

  /** One a nanosecond, for nobody counts them. */
  get instructions(): bigint {
    return this.#ranNs;
  }

  /** Its time, in nanoseconds. */
  get now(): bigint {
    return this.#now();
  }

  get rip(): bigint {
    return this.#processor.get('REGS').getBigUint64(linuxKvm.regs.rip, true);
  }

  get rflags(): number {
    return this.#processor.get('REGS').getUint32(linuxKvm.regs.flags, true);
  }

  /** The kernel asks its local APIC itself. */
  get passesExternal(): boolean {
    return true;
  }

  get stops(): readonly Stop[] {
    return [];
  }

  set stops(stops: readonly Stop[]) {
    if (stops.length > 0) throw new RangeError('a processor that the kernel runs stops nowhere for a debugger');
  }

  run(budget: number): Exit {
    if (this.#isDown) return { why: 'shutdown' };
    this.#isRunning = true;
    const began = process.hrtime.bigint();
    try {
      return this.#run(began, budget);
    } finally {
      this.#isRunning = false;
      this.#ranNs += process.hrtime.bigint() - began;
    }
  }

  #run(began: bigint, budget: number): Exit {
    const { run } = this.#processor;
    const until = began + BigInt(Math.max(shortestNs, Math.floor(budget)));
    let ringsAt = began;
    for (let now = began; ; now = process.hrtime.bigint()) {
      const isKicked = Atomics.load(this.kicked, 0) !== 0;
      if (isKicked || now >= until) {
        const exit = this.#finish();
        if (exit !== undefined) return exit;
        if (isKicked) Atomics.store(this.kicked, 0, 0);
        return { why: isKicked ? 'kick' : 'budget' };
      }
      // What the guest has just done may have moved memory.
      this.#board.slots.settle();
      this.#isUnfinished = false;
      if (now >= ringsAt) {
        const afterNs = Math.min(Number(until - now), longestNs);
        alarm?.after(afterNs);
        ringsAt = now + BigInt(afterNs);
      }
      run.setUint8(runAt.requestInterruptWindow, this.isAwaited ? 1 : 0);
      const why = this.#processor.enter();
      this.#turnsToTake--;
      const exit = this.#serve(why);
      if (exit !== undefined) return exit;
    }
  }

  /** Undefined where it may go on. */
  #serve(why: number): Exit | undefined {
    const { run } = this.#processor;
    switch (why) {
      case exitReason.io:
        this.#accesses.port();
        this.#isUnfinished = true;
        return undefined;
      case exitReason.mmio:
        this.#accesses.memory();
        this.#isUnfinished = true;
        return undefined;
      case exitReason.interrupted:
        alarm?.take();
        return this.#rest();
      case exitReason.interruptWindow:
        return this.isAwaited ? { why: 'open' } : undefined;
      case exitReason.endOfInterrupt:
        this.#owner.endOfInterrupt?.(run.getUint8(runAt.endOfInterruptVector));
        return undefined;
      case exitReason.shutdown:
        this.#isDown = true;
        return { why: 'shutdown' };
      case exitReason.internalError:
        return { why: 'unsupported', what: `what KVM can't emulate: internal error ${run.getUint32(runAt.suberror, true)}` };
      case exitReason.failedEntry:
        return {
          why: 'unsupported',
          what: `a state in which the host's processor doesn't begin: reason 0x${run.getBigUint64(runAt.failedEntryReason, true).toString(16)}`,
        };
      default:
        return { why: 'unsupported', what: `an exit of KVM's with number ${why}` };
    }
  }

  /** The instruction that touched a device has to be through before anybody sees the state; it may touch one more. */
  #finish(): Exit | undefined {
    while (this.#isUnfinished) {
      const why = this.#processor.finish();
      this.#isUnfinished = false;
      const exit = why === exitReason.interrupted ? undefined : this.#serve(why);
      if (exit !== undefined) return exit;
    }
    return undefined;
  }

  /** Somebody, or time, had it come back: in the midst of a program, or where it waits. */
  #rest(): Exit | undefined {
    const state = this.#processor.get('MP_STATE').getUint32(0, true);
    if (state === mpState.runnable) return undefined;
    // The kernel doesn't wake it for an 8259 that isn't its own.
    return this.isAwaited && this.#isOpen ? { why: 'open' } : { why: 'halt' };
  }

  /** Whether an interrupt of an 8259 would be taken now. */
  get #isOpen(): boolean {
    return this.#processor.run.getUint8(runAt.readyForInterrupt) !== 0;
  }

  kick(): void {
    Atomics.store(this.kicked, 0, 1);
  }

  /** Also false where its local APIC doesn't pass on what an 8259 asks for: LINT0 is masked, or another kind. */
  interrupt(vector: number): boolean {
    if (this.#isRunning) throw new Error('a processor that runs is interrupted');
    this.#processor.finish();
    if (this.#isDown || !this.#isOpen) return false;
    this.#processor.interrupt(vector);
    this.#turnsToTake = turnsToTake;
    return true;
  }

  nonMaskable(): void {
    this.#processor.nonMaskable();
  }

  receive(message: ApicMessage): void {
    this.deliver({ ...message, destination: this.#owner.topology?.apicId ?? 0, isLogical: false });
  }

  /** To the local APICs that it is for. */
  deliver(message: Addressed): void {
    // Whom it is for begins anew, also after a third fault.
    if (message.delivery === Delivery.init) this.#isDown = false;
    this.#board.messages.deliver(message);
  }

  get alarm(): bigint | undefined {
    const page = this.#processor.get('LAPIC');
    if (!isOfDeadline(page)) return timeLeft(page);
    const [deadline = 0n, counter = 0n] = this.#processor.models([Register.deadline, timeStamp]);
    if (deadline === 0n) return undefined;
    const left = deadline - counter;
    return left <= 0n ? 0n : (left * 1_000_000n) / BigInt(this.#processor.tscKhz);
  }

  /** Somebody else tells the time. */
  pass(): void {}

  reset(): void {
    this.load({ ...this.#model.fresh, time: { ...this.#model.fresh.time, ticks: this.#now() } });
  }

  save(): CpuState {
    this.#finishInterrupt();
    const parts = this.#parts();
    return this.#value(parts);
  }

  #value(parts: Parts): CpuState {
    const counter = parts.models.find(({ number }) => number === timeStamp)?.value ?? 0n;
    const beside = { now: this.#now(), counter, seed: this.#seed, isDown: this.#isDown, isWithoutTable: this.#isWithoutTable };
    return valueIn(parts, this.#ownNumbers, beside);
  }

  #parts(): Parts {
    return readParts(this.#processor, this.features.has('xsave'), this.#numbers);
  }

  /** What an 8259 has told and isn't taken yet no value tells of: it runs until that is. The kernel shows it once it runs; before, nothing does. */
  #finishInterrupt(): void {
    while (this.#turnsToTake > 0 && !this.#isDown) this.run(0);
    for (let tries = 0; tries < 100; tries++) {
      const vector = interruptIn(this.#processor.get('VCPU_EVENTS'));
      if (vector === undefined || isOfApic(vector, this.#value(this.#parts()).apic)) return;
      this.run(0);
    }
  }

  load(state: CpuState): void {
    if (this.#isRunning) throw new Error('a processor that runs is loaded');
    this.#model.check(state);
    const reason = unfit(state, this.features);
    if (reason !== undefined) throw new UnfitState(reason);
    const was = this.#parts();
    const ability = { hasUpper: this.features.has('avx'), others: this.#others };
    const now = this.#now();
    try {
      writeParts(this.#processor, partsOf(state, was, now, ability));
    } catch (error) {
      writeParts(this.#processor, was);
      throw new UnfitState(`the kernel has no such state: ${error instanceof Error ? error.message : String(error)}`);
    }
    this.#setCounter(state.time.ahead);
    this.#isDown = state.activity === 'shutdown';
    this.#isWithoutTable = state.idtr === undefined;
    this.#seed = state.time.seed;
    this.#board.messages.expect(levelIn(state.apic.registers));
  }

  /** Where the kernel can't be told by how much it is ahead, it is told what it is, which it may take for one that is close. */
  #setCounter(ahead: bigint): void {
    const offset = this.#processor.tscOffset;
    const wanted = BigInt.asUintN(64, this.#now() + ahead);
    const [counter = 0n] = this.#processor.models([timeStamp]);
    if (offset === undefined) this.#processor.setModels([{ number: timeStamp, value: wanted }]);
    else this.#processor.setTscOffset(offset + wanted - counter);
  }

  /** Nothing was found out about memory. */
  forget(): void {}

  /** The kernel knows when pages are elsewhere. */
  flush(): void {}

  /** Sets it as whoever enters a program wants it: in an emulated one's state. */
  enter(set: (state: DataView) => void): void {
    const { processor } = this.#model;
    processor.load(this.save());
    set(processor.state);
    this.load(processor.save());
  }
}
