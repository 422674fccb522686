/** Bytes that somebody says where to put and where to begin. */
import { type Ram, setReal } from '../../cpu/index.ts';
import { Segment, SegmentPart, State, segmentPlace } from '../../isa/index.ts';
import { clear, type Enter, enterFlat, Register } from './enter.ts';
import type { Misfit } from './given.ts';
import { placeSegments } from './place.ts';

export interface Flat {
  readonly protocol: 'flat';
  readonly at: number;
  readonly code: Uint8Array;
  /** An address in protected mode; or in real-address mode. */
  readonly entry: number | { readonly segment: number; readonly offset: number };
}

/** It is told nothing. */
export const loadFlat = (ram: Ram, { at, code, entry }: Flat): Enter | Misfit => {
  const misfit = placeSegments(ram, [{ at, data: code, bytes: code.length }]);
  if (misfit !== undefined) return misfit;
  if (typeof entry === 'number') return enterFlat({ at: entry, registers: {} });
  return (state) => {
    clear(state);
    for (const number of Object.values(Register)) state.setBigUint64(State.gpr + 8 * number, 0n, true);
    setReal(state);
    for (const one of [Segment.cs, Segment.ds, Segment.es, Segment.ss]) {
      const selector = one === Segment.cs ? entry.segment : 0;
      state.setUint32(segmentPlace(one) + SegmentPart.selector, selector, true);
      state.setBigUint64(segmentPlace(one) + SegmentPart.base, BigInt(selector * 16), true);
    }
    state.setBigUint64(State.gpr + 8 * Register.esp, BigInt(stackTop), true);
    state.setBigUint64(State.rip, BigInt(entry.offset), true);
  };
};

/** Where a PC's firmware leaves it for a boot sector. */
const stackTop = 0x7c00;
