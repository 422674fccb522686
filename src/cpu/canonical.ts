/** Which numbers are linear addresses of 64-bit mode: SDM Vol. 1, 3.3.7.1. */
import { type FeatureName, highOf, State } from '../isa/index.ts';
import { Cr4 } from './control/bits.ts';

/** With the page tables there are now: where code, data and stacks are. */
export const isCanonical = (state: DataView, address: bigint): boolean => isSigned(address, presentBits(state));

const presentBits = (state: DataView): number => ((state.getUint32(State.cr4, true) & Cr4.la57) !== 0 ? 57 : 48);

/** Half of them: `State.addressHalf`. */
export const addressHalf = (state: DataView): bigint => 1n << BigInt(presentBits(state) - 1);

/**
 * What registers keep, and what is forgotten: of as many bits as there can be, whatever CR4.LA57 says. so it was found
 * on processors with five levels: kvm-unit-tests x86/la57.c; linux v6.13 arch/x86/kvm/x86.h, max_host_virt_addr_bits.
 */
export const isCanonicalWhenKept = (state: DataView, address: bigint): boolean => isSigned(address, state.getUint32(State.widest, true));

/** Bits of the widest linear addresses of a processor. */
export const widestOf = (features: ReadonlySet<FeatureName>): number => (features.has('la57') ? 57 : 48);

/** `bits`: more than 32. */
export const isSigned = (address: bigint, bits: number): boolean => {
  const top = highOf(address) >> (bits - 33);
  return top === 0 || top === -1;
};
