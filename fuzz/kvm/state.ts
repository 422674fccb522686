/** States of processors with bits that were damaged, for one of the kernel's: refused in a sentence, with all as it was, or they come out as they went in, and run. */
import { deepEqual } from 'node:assert/strict';
import { type CpuState, cpuState, decode, encode, UnfitState } from '../../src/machine/index.ts';
import { comparable, Pair } from '../../test/kvm/pair.ts';
import { pick, type Random } from '../mutation.ts';

interface Seed {
  readonly cpu: Pair['kernels']['cpu'];
  /** After a reset, and in 64-bit mode. */
  readonly states: readonly Uint8Array[];
}

let seed: Seed | undefined;

export const stateSeed = (): Seed => {
  if (seed !== undefined) return seed;
  const pair = new Pair();
  const { cpu } = pair.kernels;
  const fresh = encode(cpuState, cpu.save());
  pair.beginLong([0x90]);
  seed = { cpu, states: [fresh, encode(cpuState, cpu.save())] };
  return seed;
};

export const state = (random: Random): void => {
  const { cpu, states } = stateSeed();
  const made = damaged(random, pick(random, states));
  if (made === undefined) return;
  const before = comparable(cpu.save());
  try {
    cpu.load(made);
  } catch (error) {
    if (!(error instanceof UnfitState)) throw error;
    deepEqual(comparable(cpu.save()), before, error.message);
    return;
  }
  deepEqual(comparable(cpu.save()), comparable(asKept(made)));
  cpu.run(1);
  cpu.save();
};

/** Up to four bits; undefined of what no longer has the shape. */
const damaged = (random: Random, from: Uint8Array): CpuState | undefined => {
  const bytes = from.slice();
  for (let count = 1 + random(4); count > 0; count--) {
    const at = random(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
  }
  try {
    return decode(cpuState, bytes);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
};

const [command, initialCount] = [0x30, 0x38];
/** What the kernel's local APIC has otherwise: bits of commands that can't be written, the count of a timer that isn't at work, and errors that nobody has asked for. */
const asKept = (made: CpuState): CpuState => {
  const registers = made.apic.registers.map((bits, register) => {
    if (register === command) return bits & 0xc_cfff;
    return register === initialCount && made.apic.expiry === 0n ? 0 : bits;
  });
  return { ...made, apic: { ...made.apic, registers, errors: 0 } };
};
