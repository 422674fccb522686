/** What CPUID tells: SDM Vol. 2A, CPUID; leaves from 0x80000000 on: AMD64 APM Vol. 3, appendix E. */
import { type FeatureName, featureBits, State } from '../../isa/index.ts';
import type { Monitor } from '../../machine/index.ts';
import { physicalBits } from '../memory/paging.ts';
import { Cr4 } from './bits.ts';
import { areaBytes, components } from './extended-area.ts';
import { SystemState } from './system-state.ts';
import type { Wires } from './wires.ts';

export interface Registers {
  readonly eax: number;
  readonly ebx: number;
  readonly ecx: number;
  readonly edx: number;
}

/** Where a processor is among others. */
export interface Topology {
  /** Its own number, which its local APIC has, too. */
  readonly apicId: number;
  readonly processors: number;
}

/** GNU libc looks only at the features of vendors that it knows, and begins no program on a processor of another; this one is as Intel's manual says. */
const usualVendor = 'GenuineIntel';
const brand = 'isola emulated x86-64 processor';
/**
 * Family 6, model 36H, stepping 1: of leaf 1, and in EDX after a reset. One that runs its instructions in order, as this one does; kernels mend
 * no defect of that model (linux v6.1, arch/x86/kernel/cpu/intel.c), as they do of model 1, the Pentium Pro, whose SYSENTER they don't use.
 */
export const signature = 0x3_0661;
const highest = { basic: 0x16, extended: 0x8000_0008 } as const;
/** Leaves that no processor has: AMD64 APM Vol. 3, appendix E.4.1. */
const ofMonitors = { from: 0x4000_0000, to: 0x4000_ffff } as const;
const lineBytes = 64;
const nothing: Registers = { eax: 0, ebx: 0, ecx: 0, edx: 0 };

export interface Told {
  /** Of twelve characters. */
  readonly vendor: string | undefined;
  readonly topology: Topology;
  readonly ticksPerSecond: number;
  readonly monitor: Monitor | undefined;
}

export class Identity {
  readonly #state: SystemState;
  readonly #features: ReadonlySet<FeatureName>;
  /** Bits of features by where they are told: firmware asks for leaves by the hundred. */
  readonly #told = new Map<number, Registers>();
  readonly #vendor: string;
  readonly #topology: Topology;
  readonly #ticksPerSecond: number;
  readonly #monitor: Monitor | undefined;
  readonly #isApicOn: () => boolean;

  constructor({ state, features }: Wires, { vendor = usualVendor, topology, ticksPerSecond, monitor }: Told, isApicOn: () => boolean) {
    if (vendor.length !== 12) throw new RangeError(`${vendor} has ${vendor.length} characters, not 12`);
    this.#vendor = vendor;
    this.#state = new SystemState(state);
    this.#features = features;
    for (const feature of features) {
      const { leaf, subleaf, register, bit } = featureBits[feature];
      const key = keyOf(leaf, subleaf);
      const before = this.#told.get(key) ?? nothing;
      this.#told.set(key, { ...before, [register]: before[register] | (1 << bit) });
    }
    this.#topology = topology;
    this.#ticksPerSecond = ticksPerSecond;
    this.#monitor = monitor;
    this.#isApicOn = isApicOn;
  }

  /** A leaf beyond the highest reads as the highest basic one, as on Intel's processors; AMD's tell zeros. */
  read(leaf: number, subleaf: number): Registers {
    if (this.#monitor !== undefined && leaf >= ofMonitors.from && leaf <= ofMonitors.to)
      return this.#monitor.identify(leaf, subleaf) ?? nothing;
    const isKnown = leaf <= highest.basic || (leaf >= 0x8000_0000 && leaf <= highest.extended);
    const which = isKnown ? leaf : highest.basic;
    const { eax, ebx, ecx, edx } = this.#leaf(which, subleaf);
    const told = this.#told.get(keyOf(which, subleaf)) ?? nothing;
    const off = which === apicBit.leaf && !this.#isApicOn() ? 1 << apicBit.bit : 0;
    return { eax: eax | told.eax, ebx: ebx | told.ebx, ecx: ecx | told.ecx, edx: edx | (told.edx & ~off) };
  }

  #leaf(leaf: number, subleaf: number): Registers {
    switch (leaf) {
      case 0:
        return { eax: highest.basic, ebx: word(this.#vendor, 0), edx: word(this.#vendor, 1), ecx: word(this.#vendor, 2) };
      case 1:
        return this.#version();
      case 2:
        // Leaf 4 has it.
        return { ...nothing, eax: 0x00fe_ff01 };
      case 4:
        return this.#cache(subleaf);
      case 5:
        return this.#features.has('monitor') ? { eax: lineBytes, ebx: lineBytes, ecx: 3, edx: 0 } : nothing;
      case 6:
        // The local APIC's timer never stops.
        return { ...nothing, eax: 4 };
      case 7:
        // IA32_ARCH_CAPABILITIES: msr.ts.
        return subleaf === 0 ? { ...nothing, edx: 1 << 29 } : nothing;
      case 0xb:
        return this.#level(subleaf);
      case 0xd:
        return this.#extendedState(subleaf);
      case 0x15:
        return { eax: 1, ebx: 1, ecx: this.#ticksPerSecond, edx: 0 };
      case 0x16: {
        const megahertz = Math.round(this.#ticksPerSecond / 1e6);
        return { eax: megahertz, ebx: megahertz, ecx: 0, edx: 0 };
      }
      default:
        return this.#extended(leaf);
    }
  }

  #version(): Registers {
    const { apicId, processors } = this.#topology;
    return {
      eax: signature,
      ebx: ((lineBytes / 8) << 8) | (processors << 16) | (apicId << 24),
      ecx: this.#state.has(State.cr4, Cr4.osxsave) ? 1 << 27 : 0,
      // HTT: the number of processors in EBX means something.
      edx: processors > 1 ? 1 << 28 : 0,
    };
  }

  /** Which any program may find: 32 KiB for data, 32 KiB for code, 1 MiB for both, of one processor. */
  #cache(subleaf: number): Registers {
    const found = caches[subleaf];
    if (found === undefined) return nothing;
    const { type, level, ways, sets } = found;
    const cores = 1 << shiftOf(this.#topology.processors);
    return { eax: type | (level << 5) | (1 << 8) | ((cores - 1) << 26), ebx: (lineBytes - 1) | ((ways - 1) << 22), ecx: sets - 1, edx: 0 };
  }

  /** Each processor is a core by itself. */
  #level(subleaf: number): Registers {
    const { apicId, processors } = this.#topology;
    if (subleaf === 0) return { eax: 0, ebx: 1, ecx: 0x100, edx: apicId };
    if (subleaf === 1) return { eax: shiftOf(processors), ebx: processors, ecx: 0x201, edx: apicId };
    return { eax: 0, ebx: 0, ecx: subleaf & 0xff, edx: apicId };
  }

  #extendedState(subleaf: number): Registers {
    if (!this.#features.has('xsave')) return nothing;
    const possible = components.filter(({ feature }) => this.#features.has(feature));
    const all = possible.reduce((mask, { bit }) => mask | (1 << bit), 0);
    const enabled = Number(this.#state.get(State.xcr0));
    if (subleaf === 0) return { eax: all, ebx: areaBytes(enabled), ecx: areaBytes(all), edx: 0 };
    if (subleaf === 1) return { ...nothing, ebx: areaBytes(enabled) };
    // Those of the legacy region are not told.
    const [from, bytes] = possible.find(({ bit }) => bit === subleaf && bit > 1)?.parts[0] ?? [0, 0];
    return { ...nothing, eax: bytes, ebx: from };
  }

  #extended(leaf: number): Registers {
    switch (leaf) {
      case 0x8000_0000:
        return { eax: highest.extended | 0, ebx: word(this.#vendor, 0), edx: word(this.#vendor, 1), ecx: word(this.#vendor, 2) };
      case 0x8000_0001:
        return { ...nothing, eax: signature };
      case 0x8000_0002:
      case 0x8000_0003:
      case 0x8000_0004: {
        const first = 4 * (leaf - 0x8000_0002);
        return { eax: word(brand, first), ebx: word(brand, first + 1), ecx: word(brand, first + 2), edx: word(brand, first + 3) };
      }
      case 0x8000_0006:
        // 1 MiB of 16 ways.
        return { ...nothing, ecx: (1024 << 16) | (8 << 12) | lineBytes };
      case 0x8000_0007:
        // The time-stamp counter's rate never changes.
        return { ...nothing, edx: 1 << 8 };
      case 0x8000_0008:
        return {
          ...nothing,
          eax: physicalBits | (this.#state.view.getUint32(State.widest, true) << 8),
          ecx: this.#topology.processors - 1,
        };
      default:
        return nothing;
    }
  }
}

/** In EDX. */
const apicBit = featureBits.apic;

/** Leaves whose subleaves are different things. */
const hasSubleaves: ReadonlySet<number> = new Set([7, 0xd]);

/** Of a leaf, and of its subleaf where that matters. */
const keyOf = (leaf: number, subleaf: number): number => (hasSubleaves.has(leaf) ? leaf * 2 ** 32 + (subleaf >>> 0) : -1 - leaf);

const caches = [
  { type: 1, level: 1, ways: 8, sets: 64 },
  { type: 2, level: 1, ways: 8, sets: 64 },
  { type: 3, level: 2, ways: 16, sets: 1024 },
] as const;

/** How many bits number so many processors. */
const shiftOf = (processors: number): number => Math.ceil(Math.log2(processors));

/** Four letters of a text, the first lowest. */
const word = (text: string, index: number): number =>
  [0, 1, 2, 3].reduce((bits, at) => bits | ((text.charCodeAt(4 * index + at) || 0) << (8 * at)), 0);
