/** A guest of KVM's that does anything: its registers, its memory and its calls, and a local APIC that lends it interrupts. */
import { decode, encode, type Memory, type Stateful } from '../../../machine/index.ts';
import { kvmFeatures } from '../features.ts';
import { KvmMonitor } from '../monitor.ts';
import type { Peers } from '../peers.ts';

/** Numbers that look random. */
export interface Random {
  word(): number;
  below(bound: number): number;
}

const processors = 3;
const numbers = [0x11, 0x12, 0x4b56_4d00, 0x4b56_4d01, 0x4b56_4d02, 0x4b56_4d03, 0x4b56_4d04, 0x4b56_4d05, 0x4b56_4d08] as const;
const usual = [0n, 1n, 2n, 3n, 0x1001n, 0xffd, 0xfffn, (1n << 52n) - 31n, 1n << 52n, (1n << 63n) | 1n, (1n << 64n) - 1n].map(BigInt);
const memoryBytes = 0x2000;

export const fuzzKvm = (random: Random): void => {
  const bytes = new Uint8Array(memoryBytes);
  const memory: Memory = {
    sizeBytes: memoryBytes,
    read: (at, into) => void (at + into.length <= memoryBytes ? into.set(bytes.subarray(at, at + into.length)) : into.fill(0xff)),
    write: (at, from) => void (at + from.length <= memoryBytes && bytes.set(from, at)),
  };
  let now = 0n;
  const known = (which: number): void => {
    if (!Number.isInteger(which) || which < 0 || which >= processors) throw new Error(`there is no processor ${which}`);
  };
  const peers: Peers = {
    ...{ count: processors, yieldTo: () => {}, kick: () => kvm.turns?.kick() },
    send: (to, { vector, delivery }) => {
      known(to);
      if (vector > 0xff || delivery > 7) throw new Error(`vector ${vector}, delivery ${delivery}`);
    },
  };
  const made = (): KvmMonitor => new KvmMonitor({ memory, now: () => now, beganAt: 1n, ticksPerSecond: 1e9, features: kvmFeatures, peers });
  const value = (): bigint => {
    const some = usual[random.below(usual.length + 2)];
    return some ?? (BigInt(random.word() >>> 0) << BigInt(random.below(33))) | BigInt(random.below(4));
  };
  /** Of a call: small numbers are calls and processors. */
  const callValue = (): bigint => (random.below(2) === 0 ? BigInt(random.below(13)) : value());
  let kvm = made();
  for (let step = 0; step < 200; step++) {
    now += BigInt(random.below(1_000_000));
    const acts = [
      () => void kvm.model(numbers[random.below(numbers.length)] ?? 0)?.write?.(value()),
      () => void kvm.model(numbers[random.below(numbers.length)] ?? 0)?.read(),
      () => kvm.recounted(BigInt.asIntN(64, value())),
      () => void kvm.turns?.begin(),
      () => kvm.turns?.end(),
      () => kvm.turns?.waited(BigInt(random.word() >>> 0)),
      () => kvm.turns?.takeKick(),
      () => kvm.ends?.lend(),
      () => kvm.ends?.recall(),
      () => void kvm.ends?.taken(),
      () => bytes.set([random.below(256)], random.below(memoryBytes)),
      () => {
        for (const one of parts(kvm)) one.reset(random.below(2) === 0 ? 'power' : 'bus');
      },
      () => {
        const other = made();
        for (const [index, one] of parts(other).entries()) one.load(parts(kvm)[index]?.save() ?? new Uint8Array());
        kvm = other;
      },
      () =>
        kvm.call({
          ...{
            privilege: random.below(4),
            width: random.below(2) === 0 ? 64 : 32,
            register: callValue,
            setRegister: () => {},
            halt: () => {},
          },
          ...{ read: () => random.below(2) === 0, write: () => random.below(2) === 0 },
        }),
    ];
    acts[random.below(acts.length)]?.();
    // What is saved is what is read again.
    for (const one of parts(kvm)) {
      const saved = one.save();
      const again = encode(one.schema, decode(one.schema, saved));
      if (again.length !== saved.length || again.some((byte, at) => byte !== saved[at])) throw new Error('its state is none');
    }
  }
};

/** All that is saved of it. */
const parts = (kvm: KvmMonitor): readonly Stateful[] => [kvm, ...(kvm.turns === undefined ? [] : [kvm.turns])];
