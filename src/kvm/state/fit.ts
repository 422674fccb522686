/** What of a state the host's processor or its kernel can't have, though an emulated processor can. */
import type { FeatureName } from '../../isa/index.ts';
import { type CpuState, shown } from '../../machine/index.ts';
import { privilegeOf } from './segments.ts';

/** CR0.PE, and RFLAGS.VM. */
const [isProtected, isVirtual] = [1, 1 << 17] as const;
const isPresent = 1 << 7;

/** In a sentence; undefined of one that it can have, as far as that is known before. */
export const unfit = (state: CpuState, features: ReadonlySet<FeatureName>): string | undefined => {
  const { activity, x87, shadow, cpl, ss, xcr0 } = state;
  const privilege = privilegeOf(ss, (state.cr0 & isProtected) !== 0, (state.flags & isVirtual) !== 0);
  if (activity === 'frozen') return 'it waits for an x87 exception that was told outside, for which the host’s processor has no line';
  if (x87.ignored) return 'x87 exceptions are ignored from outside, for which the host’s processor has no line';
  if (shadow.initWaits) return 'an INIT waits, which the kernel takes at once';
  // One that can't be used is given the code's.
  if ((ss.rights & isPresent) !== 0 && privilege !== cpl)
    return `it has privilege ${cpl}, and ss.rights ${shown(ss.rights)} that of ${privilege}`;
  return features.has('xsave') || xcr0 === 1n ? undefined : `xcr0 is ${shown(xcr0)}, and this processor has no XSAVE`;
};

/** Vectors of level-triggered interrupts that are requested or in service. */
export const levelIn = (registers: readonly number[]): readonly number[] => {
  const [service, level, request] = [0x10, 0x18, 0x20];
  const has = (set: number, vector: number): boolean => (((registers[set + (vector >> 5)] ?? 0) >>> (vector & 31)) & 1) === 1;
  return Array.from({ length: 256 }, (_, vector) => vector).filter(
    (vector) => has(level, vector) && (has(service, vector) || has(request, vector)),
  );
};
