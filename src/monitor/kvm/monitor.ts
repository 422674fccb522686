/** KVM as a processor’s guest finds it: Linux, Documentation/virt/kvm/x86/cpuid.rst and msr.rst. */
import {
  type Caller,
  Device,
  flag,
  type Memory,
  type Monitor,
  type MonitorModel,
  type Reset,
  type StateOf,
  u32,
  u64,
} from '../../machine/index.ts';
import { answer } from './calls.ts';
import { Ends, isEnding } from './ends.ts';
import { type KvmFeature, leafOf } from './features.ts';
import { timePage, wallPage } from './page.ts';
import type { Peers } from './peers.ts';
import { placeOf, putVersioned } from './place.ts';
import { Turns, turnFeatures } from './turns.ts';

export interface KvmWires {
  readonly memory: Memory;
  /** Its guest's time, in nanoseconds since it was switched on. */
  readonly now: () => bigint;
  /** When it was switched on, in nanoseconds since 1970. */
  readonly beganAt: bigint;
  /** Of the time-stamp counter. */
  readonly ticksPerSecond: number;
  readonly features: readonly KvmFeature[];
  /** Of which it is one. */
  readonly peers: Peers;
}

/** Model-specific registers, of the clock by their old and their new numbers. */
const Model = { oldWall: 0x11, oldTime: 0x12, wall: 0x4b56_4d00, time: 0x4b56_4d01, ends: 0x4b56_4d04 } as const;

const isOn = 1n;

/** Registers as they were written; the clock's version; when it was switched on; how far the time-stamp counter is ahead of that time; whether the present interrupt may be ended by a word. */
const schema = { time: u64, version: u32, wall: u64, beganAt: u64, ahead: u64, ends: u64, isLent: flag };

export class KvmMonitor extends Device<typeof schema> implements Monitor {
  readonly schema = schema;
  protected state: StateOf<typeof schema>;
  readonly #wires: KvmWires;
  readonly #features: ReadonlySet<KvmFeature>;
  readonly #models: ReadonlyMap<number, MonitorModel>;
  /** How its local APIC is told of ends of interrupts, where it is offered. */
  readonly ends: Ends | undefined;
  /** What is told and kept of its turns, where something is. */
  readonly turns: Turns | undefined;

  constructor(wires: KvmWires) {
    super();
    this.#wires = wires;
    this.#features = new Set(wires.features);
    this.state = this.fresh('power');
    this.ends = this.#features.has('eoi') ? new Ends(wires.memory, () => this.state) : undefined;
    this.turns = turnFeatures.some((one) => this.#features.has(one)) ? new Turns(wires.memory, this.#features) : undefined;
    this.#models = new Map([
      ...(this.#features.has('clock') ? this.#clock() : []),
      ...(this.ends === undefined ? [] : this.#ending(this.ends)),
      ...(this.turns?.models ?? []),
    ]);
  }

  protected fresh(kind: Reset): StateOf<typeof schema> {
    const { beganAt, ahead } = kind === 'power' ? { ...this.#wires, ahead: 0n } : this.state;
    return { time: 0n, version: 0, wall: 0n, beganAt, ahead, ends: 0n, isLent: false };
  }

  identify(leaf: number): ReturnType<Monitor['identify']> {
    return leafOf(leaf, this.#features);
  }

  model(number: number): MonitorModel | undefined {
    return this.#models.get(number);
  }

  call(caller: Caller): void {
    answer(caller, {
      features: this.#features,
      peers: this.#wires.peers,
      paired: () => {
        const { now, counter } = this.#moment;
        return { wall: this.state.beganAt + now, counter };
      },
    });
  }

  /** The time-stamp counter was set: so far it is ahead of the time now. */
  recounted(ahead: bigint): void {
    this.state.ahead = BigInt.asUintN(64, ahead);
    this.#tell();
  }

  get #moment(): { readonly now: bigint; readonly counter: bigint } {
    const now = this.#wires.now();
    const ticks = (now * BigInt(this.#wires.ticksPerSecond)) / 1_000_000_000n;
    return { now, counter: BigInt.asUintN(64, ticks + this.state.ahead) };
  }

  /** Where the guest wants to have the clock. */
  #tell(): void {
    const at = (this.state.time & isOn) === 0n ? undefined : placeOf(this.state.time & ~isOn);
    if (at === undefined) return;
    const { memory, ticksPerSecond } = this.#wires;
    this.state.version = (this.state.version + 2) >>> 0;
    putVersioned(memory, at, this.state.version, timePage({ ...this.#moment, ticksPerSecond }));
  }

  #clock(): readonly (readonly [number, MonitorModel])[] {
    const time: MonitorModel = {
      read: () => this.state.time,
      write: (value) => {
        this.state.time = value;
        this.#tell();
        return true;
      },
    };
    const wall: MonitorModel = {
      read: () => this.state.wall,
      write: (value) => {
        this.state.wall = value;
        const at = placeOf(value);
        if (at !== undefined) putVersioned(this.#wires.memory, at, 2, wallPage(this.state.beganAt));
        return true;
      },
    };
    return [
      [Model.oldWall, wall],
      [Model.oldTime, time],
      [Model.wall, wall],
      [Model.time, time],
    ];
  }

  #ending(ends: Ends): readonly (readonly [number, MonitorModel])[] {
    const write = (value: bigint): boolean => {
      if (!isEnding(value)) return false;
      ends.recall();
      this.state.ends = value;
      return true;
    };
    return [[Model.ends, { read: () => this.state.ends, write }]];
  }
}
