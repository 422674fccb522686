/** SET FEATURES: ATA/ATAPI-7 volume 1, 6.48. */
import type { UnitState } from './unit-state.ts';

const Feature = { cacheOn: 0x02, mode: 0x03, lookAheadOff: 0x55, keep: 0x66, cacheOff: 0x82, lookAheadOn: 0xaa, revert: 0xcc } as const;

/** Kinds of transfer modes in the count register, and the highest of each; 0 and 1 are the default. */
const modes = new Map([
  [0x00, 1],
  [0x08, 4],
  [0x20, 2],
  [0x40, 5],
]);

/** False where it isn't known. */
export const setFeature = (state: UnitState): boolean => {
  switch (state.feature) {
    case Feature.cacheOn:
    case Feature.cacheOff:
      state.hasWriteCache = state.feature === Feature.cacheOn;
      return true;
    case Feature.lookAheadOn:
    case Feature.lookAheadOff:
      state.hasLookAhead = state.feature === Feature.lookAheadOn;
      return true;
    case Feature.keep:
    case Feature.revert:
      return true;
    case Feature.mode:
      if ((state.count & 0x07) > (modes.get(state.count & 0xf8) ?? -1)) return false;
      // One of PIO says nothing about DMA.
      if ((state.count & 0xf8) >= 0x20) state.transferMode = state.count;
      return true;
    default:
      return false;
  }
};
