/** What processors of the kernel's share: a machine of its, guest memory, and messages that interrupt. */
import type { Profile, Ram } from '../cpu/index.ts';
import { Kvm, type KvmMachine, type KvmProcessor } from '../host/kvm/index.ts';
import { Messages, pins } from './messages.ts';
import { profileOf } from './model.ts';
import { Slots } from './slots.ts';

/** A billion a second, as an emulated one ticks. */
const evenKhz = 1_000_000;

export class KvmBoard implements Disposable {
  readonly ram: Ram;
  readonly slots: Slots;
  readonly messages: Messages;
  /** What processors may have. */
  readonly profile: Profile;
  readonly #machine: KvmMachine;

  /** Whoever has opened the kernel's monitor keeps it open for as long. Throws as the kernel does where it makes no machine. */
  constructor(ram: Ram, opened?: Kvm) {
    const kvm = opened ?? new Kvm();
    using _own = opened === undefined ? kvm : undefined;
    this.ram = ram;
    this.profile = profileOf(kvm);
    this.#machine = kvm.machine();
    this.#machine.splitInterrupts(pins);
    this.#machine.widenApics();
    this.slots = new Slots(this.#machine, ram);
    this.messages = new Messages(this.#machine);
  }

  /** The first one has number 0. Its time-stamp counter goes as an emulated one's where this host can have it so. */
  processor(number: number): KvmProcessor {
    const made = this.#machine.processor(number);
    made.setTscKhz(evenKhz);
    return made;
  }

  /** What a processor with these features lacks here; throws a RangeError that names it. */
  demand({ name, features }: Profile): void {
    const has = new Set(this.profile.features);
    const missing = features.filter((feature) => !has.has(feature));
    if (missing.length > 0) throw new RangeError(`processors of this host lack what ${name} has: ${missing.join(', ')}`);
  }

  [Symbol.dispose](): void {
    this.#machine[Symbol.dispose]();
  }
}
