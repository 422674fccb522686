/** What instructions ask of the processor's own registers: runtime/service.ts. */
import { Service, type ServiceName, State } from '../../isa/index.ts';
import type { Monitor } from '../../machine/index.ts';
import { Cr4 } from './bits.ts';
import { MonitorCaller } from './caller.ts';
import { Calls } from './calls.ts';
import { ControlRegisters, type TaskPriority } from './control-registers.ts';
import { DebugRegisters } from './debug-registers.ts';
import { ExtendedState } from './extended-state.ts';
import { Identity, type Topology } from './identity.ts';
import { resetMemoryTypes } from './memory-types.ts';
import { type Msr, Msrs } from './msr.ts';
import { drawRandom } from './random.ts';
import { require, SystemState } from './system-state.ts';
import { TimeStamp } from './time-stamp.ts';
import type { Wires } from './wires.ts';

/** What the local APIC brings. */
export interface ApicSide {
  readonly priority: TaskPriority;
  readonly msr: (number: number) => Msr | undefined;
  readonly isOn: () => boolean;
}

export interface Owner {
  readonly vendor: string | undefined;
  readonly topology: Topology;
  /** Of the time-stamp counter. */
  readonly ticksPerSecond: number;
  readonly monitor: Monitor | undefined;
  readonly recounted: (ahead: bigint) => void;
}

/** What is no number is none. */
type Serve = (a: bigint, b: bigint, c: bigint) => unknown;

export class ControlServices {
  readonly #wires: Wires;
  readonly #state: SystemState;
  readonly #control: ControlRegisters;
  readonly #debug: DebugRegisters;
  readonly #msrs: Msrs;
  readonly #time: TimeStamp;
  readonly #identity: Identity;
  readonly #calls: Calls;
  readonly #extended: ExtendedState;
  readonly #callMonitor: (() => void) | undefined;
  /** By their numbers. */
  readonly #table: (Serve | undefined)[] = [];

  constructor(wires: Wires, apic: ApicSide, owner: Owner) {
    const { monitor } = owner;
    this.#wires = wires;
    this.#state = new SystemState(wires.state);
    this.#control = new ControlRegisters(wires, apic.priority);
    this.#debug = new DebugRegisters(wires);
    this.#time = new TimeStamp(wires, owner.recounted);
    this.#msrs = new Msrs(wires, { efer: this.#control, time: this.#time, apic: apic.msr, monitor });
    this.#identity = new Identity(wires, owner, apic.isOn);
    this.#calls = new Calls(wires);
    this.#extended = new ExtendedState(wires);
    this.#callMonitor = monitor && (() => monitor.call(new MonitorCaller(wires)));
    const services = Object.entries(this.#services()) as [ServiceName, Serve][]; // They are its keys.
    for (const [name, serve] of services) this.#table[Service[name]] = serve;
  }

  /** As after power-up: SDM Vol. 3A, table 11-1. */
  reset(): void {
    const state = this.#state;
    state.set(State.xcr0, 1n);
    this.#msrs.reset();
    resetMemoryTypes(state);
  }

  has(which: number): boolean {
    return this.#table[which] !== undefined;
  }

  /** Throws a `Fault`, and has changed nothing then. */
  serve(which: number, a: bigint, b: bigint, c: bigint): bigint {
    const said = this.#table[which]?.(BigInt.asUintN(64, a), BigInt.asUintN(64, b), BigInt.asUintN(64, c));
    return typeof said === 'bigint' ? said : 0n;
  }

  #services(): Partial<Record<ServiceName, Serve>> {
    return {
      readControl: (number) => this.#control.read(Number(number)),
      writeControl: (number, value) => this.#control.write(Number(number), value),
      writeStatusWord: (value) => this.#control.writeStatusWord(value),
      clearTaskSwitched: () => this.#control.clearTaskSwitched(),
      readDebug: (number) => this.#debug.read(Number(number)),
      writeDebug: (number, value) => this.#debug.write(Number(number), value),
      forgetPage: (linear) => this.#forgetPage(linear),
      forgetContext: (type, pcid, address) => this.#forgetContext(type, pcid, address),
      readModel: (number) => this.#msrs.read(Number(number)),
      writeModel: (number, value) => this.#msrs.write(Number(number), value),
      readCounter: () => this.#readCounter(),
      time: () => this.#time.read(),
      identify: (leaf, subleaf, half) => this.#identify(Number(leaf), Number(subleaf), half),
      callMonitor: () => this.#callMonitor?.(),
      random: () => drawRandom(this.#state),
      enterByTarget: () => this.#calls.enterByTarget(),
      returnToCaller: (size) => this.#calls.returnToCaller(Number(size)),
      enterByStack: () => this.#calls.enterByStack(),
      exitToCaller: (size) => this.#calls.exitToCaller(Number(size)),
      readExtended: (number) => this.#extended.read(number),
      writeExtended: (number, value) => this.#extended.write(number, value),
      saveExtended: (at, mask, isWide) => this.#extended.save(at, mask, isWide === 1n, 'all'),
      saveChanged: (at, mask, isWide) => this.#extended.save(at, mask, isWide === 1n, 'used'),
      saveCompacted: (at, mask, isWide) => this.#extended.save(at, mask, isWide === 1n, 'compacted'),
      restoreExtended: (at, mask, isWide) => this.#extended.restore(at, mask, isWide === 1n),
      saveSupervised: (at, mask, isWide) => this.#extended.saveSupervised(at, mask, isWide === 1n),
      restoreSupervised: (at, mask, isWide) => this.#extended.restoreSupervised(at, mask, isWide === 1n),
    };
  }

  /** Where nothing can be, nothing is forgotten. */
  #forgetPage(linear: bigint): void {
    this.#state.requirePrivilege();
    this.#wires.forgetPage(linear);
  }

  /** By address · by PCID · all but global ones · all: SDM Vol. 2A, INVPCID. Of other PCIDs than the present one nothing was kept. */
  #forgetContext(type: bigint, pcid: bigint, address: bigint): void {
    const state = this.#state;
    state.requirePrivilege();
    require(type < 4n);
    const hasContexts = state.has(State.cr4, Cr4.pcide);
    if (type < 2n) require(pcid < 1n << 12n && (pcid === 0n || hasContexts));
    if (type === 0n) require(state.isCanonicalWhenKept(address));
    if (type < 2n) this.#wires.forgetContext(pcid, type === 0n ? address : undefined);
    else this.#wires.forgetContexts();
    const isPresent = pcid === (hasContexts ? state.get(State.cr3) & 0xfffn : 0n);
    if (type === 0n && isPresent) this.#wires.forgetPage(address);
    else if (type === 1n && isPresent) this.#wires.flushLocal();
    else if (type === 2n) this.#wires.flush();
    else if (type === 3n) this.#wires.flushLocal();
  }

  /** There is none: whichever it asks for, #GP. */
  #readCounter(): bigint {
    require(false);
    return 0n;
  }

  #identify(leaf: number, subleaf: number, half: bigint): bigint {
    const { eax, ebx, ecx, edx } = this.#identity.read(leaf, subleaf);
    const [low, high] = half === 0n ? [eax, ebx] : [ecx, edx];
    return BigInt.asUintN(32, BigInt(low)) | (BigInt.asUintN(32, BigInt(high)) << 32n);
  }
}
