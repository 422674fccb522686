/** Numbers for RDRAND and RDSEED: from a seed that the processor's owner gives, so the same seed makes the same run. Not secret. */
import { State } from '../../isa/index.ts';
import type { SystemState } from './system-state.ts';

/** SplitMix64: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014. */
export const drawRandom = (state: SystemState): bigint => {
  const seed = BigInt.asUintN(64, state.get(State.seed) + 0x9e37_79b9_7f4a_7c15n);
  state.set(State.seed, seed);
  const mix = (value: bigint, by: bigint, factor: bigint): bigint => BigInt.asUintN(64, (value ^ (value >> by)) * factor);
  const mixed = mix(mix(seed, 30n, 0xbf58_476d_1ce4_e5b9n), 27n, 0x94d0_49bb_1331_11ebn);
  return mixed ^ (mixed >> 31n);
};
