/** What a processor's guest is told of its turns, and tells of them: Linux, Documentation/virt/kvm/x86/msr.rst, MSR_KVM_STEAL_TIME and MSR_KVM_POLL_CONTROL; hypercalls.rst, KVM_HC_KICK_CPU. */
import {
  Device,
  flag,
  type Gpa,
  gpa,
  type Memory,
  type MonitorModel,
  type Reset,
  type StateOf,
  type Turn,
  u64,
} from '../../machine/index.ts';
import type { KvmFeature } from './features.ts';
import { placeOf } from './place.ts';

/** Features of which a guest tells what is kept here. */
export const turnFeatures: readonly KvmFeature[] = ['steal', 'unhalt', 'poll'];

/** Model-specific registers. */
const Model = { steal: 0x4b56_4d03, polling: 0x4b56_4d05 } as const;

/** Of the first register: that it is used, and what is no part of an address. Of the second: that who carries out the processor may poll, which nobody does. */
const [isOn, isOdd, mayPoll] = [1n, 0x3en, 1n] as const;

/**
 * kvm_steal_time of asm/kvm_para.h, 64 bytes:
 * ```
 *  0 nanoseconds    8 version    12 flags, none    16 whether it doesn't run    17 0
 * ```
 */
const At = { version: 8, preempted: 16 } as const;
const toldBytes = 17;
const Preempted = { is: 1, flush: 2 } as const;

/** Registers as they were written; nanoseconds that it waited and that are not told yet; whether it was kicked and hasn't halted since. */
const schema = { steal: u64, waited: u64, isKicked: flag, polling: u64 };

export class Turns extends Device<typeof schema> implements Turn {
  readonly schema = schema;
  protected state: StateOf<typeof schema>;
  readonly models: ReadonlyMap<number, MonitorModel>;
  readonly #memory: Memory;
  readonly #mayFlush: boolean;
  readonly #bytes = new Uint8Array(toldBytes);
  readonly #view = new DataView(this.#bytes.buffer);
  readonly #byte = new Uint8Array(1);

  constructor(memory: Memory, features: ReadonlySet<KvmFeature>) {
    super();
    this.#memory = memory;
    this.#mayFlush = features.has('flush');
    this.state = this.fresh('power');
    this.models = new Map([
      ...(features.has('steal') ? [[Model.steal, this.#stealing()] as const] : []),
      ...(features.has('poll') ? [[Model.polling, this.#polling()] as const] : []),
    ]);
  }

  protected fresh(_kind: Reset): StateOf<typeof schema> {
    return { steal: 0n, waited: 0n, isKicked: false, polling: mayPoll };
  }

  begin(): boolean {
    const at = this.#at;
    if (at === undefined) return false;
    const { state } = this;
    const [memory, bytes, view] = [this.#memory, this.#bytes, this.#view];
    memory.read(at, bytes);
    const isAsked = ((bytes[At.preempted] ?? 0) & Preempted.flush) !== 0;
    bytes[At.preempted] = 0;
    if (state.waited === 0n) this.#mark(at, 0);
    else {
      // Odd while the rest is written.
      const version = view.getUint32(At.version, true);
      const odd = (version + (version & 1) + 1) >>> 0;
      view.setUint32(At.version, odd, true);
      memory.write(gpa(at + At.version), bytes.subarray(At.version, At.version + 4));
      view.setBigUint64(0, BigInt.asUintN(64, view.getBigUint64(0, true) + state.waited), true);
      memory.write(at, bytes);
      view.setUint32(At.version, odd + 1, true);
      memory.write(gpa(at + At.version), bytes.subarray(At.version, At.version + 4));
      state.waited = 0n;
    }
    return isAsked && this.#mayFlush;
  }

  end(): void {
    const at = this.#at;
    if (at !== undefined) this.#mark(at, Preempted.is);
  }

  waited(nanoseconds: bigint): void {
    if (this.#at !== undefined) this.state.waited = BigInt.asUintN(64, this.state.waited + nanoseconds);
  }

  kick(): void {
    this.state.isKicked = true;
  }

  get isKicked(): boolean {
    return this.state.isKicked;
  }

  takeKick(): void {
    this.state.isKicked = false;
  }

  /** Where its guest wants to be told; undefined where it doesn't. */
  get #at(): Gpa | undefined {
    const { steal } = this.state;
    return (steal & isOn) === 0n ? undefined : placeOf(steal & ~(isOn | isOdd));
  }

  #mark(at: Gpa, preempted: number): void {
    this.#byte[0] = preempted;
    this.#memory.write(gpa(at + At.preempted), this.#byte);
  }

  #stealing(): MonitorModel {
    return {
      read: () => this.state.steal,
      write: (value) => {
        if ((value & isOdd) !== 0n) return false;
        this.state.steal = value;
        // What it waited for before nobody has counted.
        this.state.waited = 0n;
        this.begin();
        return true;
      },
    };
  }

  #polling(): MonitorModel {
    return {
      read: () => this.state.polling,
      write: (value) => {
        if ((value & ~mayPoll) !== 0n) return false;
        this.state.polling = value;
        return true;
      },
    };
  }
}
