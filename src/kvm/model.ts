/** An emulated processor that never runs a guest: what it says of itself and of states is what one of the kernel's is held to, so that each can go on from the other's. */
import { type Engine, type Owner, Processor, type Profile, profiles, Ram } from '../cpu/index.ts';
import { type CpuidRow, Kvm } from '../host/kvm/index.ts';
import { type FeatureName, featureBits, State } from '../isa/index.ts';
import type { CpuState } from '../machine/index.ts';

/** What the kernel does for every processor, and doesn't always say so: api.rst, KVM_GET_SUPPORTED_CPUID. */
const always: ReadonlySet<FeatureName> = new Set(['apic', 'x2apic']);

/** Features that processors have here, of those that an emulated one has. */
export const profileOf = (kvm: Kvm): Profile => {
  const rows = kvm.supported();
  const has = (name: FeatureName): boolean => {
    const { leaf, subleaf, register, bit } = featureBits[name];
    const row = rows.find((one) => one.leaf === leaf && (one.subleaf === undefined || one.subleaf === (subleaf ?? 0)));
    return row !== undefined && ((row[register] >>> bit) & 1) === 1;
  };
  const isThere = (name: FeatureName): boolean =>
    name === 'tsc_deadline_timer' ? kvm.has('TSC_DEADLINE_TIMER') !== 0 : always.has(name) || has(name);
  return { name: 'kvm', features: profiles.all.features.filter(isThere) };
};

/** Features that a computer's processor has wherever it is the kernel's on this host. */
export const hostProfile = (): Profile => {
  using kvm = new Kvm();
  return profileOf(kvm);
};

const modelBytes = 65_536;
const cpuid = Uint8Array.of(0x0f, 0xa2);
const real = { selector: 0, base: 0n, limit: 0xffff, rights: 0x93 } as const;
/** Leaves with subleaves, and how many of them an emulated one may have. */
const subleaves: ReadonlyMap<number, number> = new Map([
  [4, 4],
  [7, 2],
  [0xb, 3],
  [0xd, 10],
]);
const extended = 0x8000_0000;

export class Model {
  readonly processor: Processor;
  /** As after power-up. */
  readonly fresh: CpuState;

  constructor(engine: Engine, owner: Pick<Owner, 'profile' | 'vendor' | 'topology' | 'seed' | 'ticksPerSecond'>) {
    const ram = new Ram(modelBytes);
    ram.write(0, cpuid);
    this.processor = new Processor(ram, engine, undefined, owner);
    this.fresh = this.processor.save();
  }

  /** Throws `UnfitState` where no processor like it can have that. */
  check(state: CpuState): void {
    this.processor.load(state);
  }

  /** What is told of it: it is asked by the instruction. */
  rows(): readonly CpuidRow[] {
    this.processor.load({ ...this.fresh, cs: real });
    const told: CpuidRow[] = [];
    for (const first of [0, extended]) {
      const last = this.#ask(first, undefined).eax;
      for (let leaf = first; leaf <= last; leaf++) {
        const count = subleaves.get(leaf);
        const asked = count === undefined ? [this.#ask(leaf, undefined)] : Array.from({ length: count }, (_, one) => this.#ask(leaf, one));
        told.push(...asked.filter((row) => leaf === first || (row.eax | row.ebx | row.ecx | row.edx) !== 0));
      }
    }
    return told;
  }

  #ask(leaf: number, subleaf: number | undefined): CpuidRow {
    const { processor } = this;
    const { state } = processor;
    const at = (number: number): number => State.gpr + 8 * number;
    state.setBigUint64(State.rip, 0n, true);
    state.setBigUint64(at(0), BigInt(leaf), true);
    state.setBigUint64(at(1), BigInt(subleaf ?? 0), true);
    processor.run(1);
    const [eax, ecx, edx, ebx] = [0, 1, 2, 3].map((number) => state.getUint32(at(number), true)) as Four;
    return { leaf, subleaf, eax, ebx, ecx, edx };
  }
}

type Four = [number, number, number, number];
