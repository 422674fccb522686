/** Segment registers between the value and struct kvm_segment: bits 40 to 55 of a descriptor there, fields here. */
import { linuxKvm } from '../../abi/index.ts';
import type { CpuState, SegmentState, TableState } from '../../machine/index.ts';

const at = linuxKvm.segment;
/** SDM Vol. 3A, figure 3-8. */
const Right = { program: 1 << 4, dpl: 5, present: 1 << 7, available: 1 << 12, long: 1 << 13, big: 1 << 14, granular: 1 << 15 } as const;

/** By what both call them, with their places in struct kvm_sregs. */
export const segmentPlaces = (({ es, cs, ss, ds, fs, gs, ldtr, tr }) => ({ es, cs, ss, ds, fs, gs, ldtr, tr }))(linuxKvm.sregs);
export type SegmentName = keyof typeof segmentPlaces;

export const segmentAt = (view: DataView, place: number): SegmentState => {
  const byte = (offset: number): number => view.getUint8(place + offset);
  const flag = (offset: number, mask: number): number => (byte(offset) !== 0 ? mask : 0);
  return {
    selector: view.getUint16(place + at.selector, true),
    base: view.getBigUint64(place + at.base, true),
    limit: view.getUint32(place + at.limit, true),
    rights:
      byte(at.type) |
      flag(at.program, Right.program) |
      (byte(at.dpl) << Right.dpl) |
      (byte(at.unusable) === 0 ? flag(at.present, Right.present) : 0) |
      flag(at.available, Right.available) |
      flag(at.long, Right.long) |
      flag(at.big, Right.big) |
      flag(at.granular, Right.granular),
  };
};

/** What isn't present can't be used, which processors ask for: SDM Vol. 3C, 25.4.1. */
export const putSegment = (view: DataView, place: number, { selector, base, limit, rights }: SegmentState): void => {
  view.setUint16(place + at.selector, selector, true);
  view.setBigUint64(place + at.base, base, true);
  view.setUint32(place + at.limit, limit, true);
  const has = (mask: number): number => ((rights & mask) === 0 ? 0 : 1);
  for (const [offset, value] of [
    [at.type, rights & 0xf],
    [at.program, has(Right.program)],
    [at.dpl, (rights >> Right.dpl) & 3],
    [at.present, has(Right.present)],
    [at.available, has(Right.available)],
    [at.long, has(Right.long)],
    [at.big, has(Right.big)],
    [at.granular, has(Right.granular)],
    [at.unusable, 1 - has(Right.present)],
  ] as const)
    view.setUint8(place + offset, value);
};

export const tableAt = (view: DataView, place: number): TableState => ({
  base: view.getBigUint64(place + linuxKvm.table.base, true),
  limit: view.getUint16(place + linuxKvm.table.limit, true),
});

export const putTable = (view: DataView, place: number, { base, limit }: TableState): void => {
  view.setBigUint64(place + linuxKvm.table.base, base, true);
  view.setUint16(place + linuxKvm.table.limit, limit, true);
};

/** Which privilege code has: that of the stack, but for modes that have none of their own. */
export const privilegeOf = (ss: SegmentState, isProtected: boolean, isVirtual: boolean): CpuState['cpl'] => {
  if (!isProtected) return 0;
  return isVirtual ? 3 : (ss.rights >> Right.dpl) & 3;
};
