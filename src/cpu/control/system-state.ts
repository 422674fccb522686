/** The processor's state, as its own registers need it. */
import { Eflags, Segment, SegmentPart, State, segmentPlace } from '../../isa/index.ts';
import { Fault, Vector } from '../fault.ts';
import { Cr0, Efer } from './bits.ts';

/** Bit 13 of a segment's rights: code of 64 bits. */
const longCode = 1 << 13;

export class SystemState {
  readonly view: DataView;

  constructor(view: DataView) {
    this.view = view;
  }

  get(place: number): bigint {
    return this.view.getBigUint64(place, true);
  }

  set(place: number, value: bigint): void {
    this.view.setBigUint64(place, BigInt.asUintN(64, value), true);
  }

  /** The lower half of one, as a mask of 32 bits. */
  low(place: number): number {
    return this.view.getInt32(place, true);
  }

  has(place: number, mask: number): boolean {
    return (this.low(place) & mask) !== 0;
  }

  get isProtected(): boolean {
    return this.has(State.cr0, Cr0.pe);
  }

  get isLong(): boolean {
    return this.has(State.efer, Efer.lma);
  }

  /** Whether the code that runs is of 64 bits. */
  get is64(): boolean {
    return this.isLong && this.has(segmentPlace(Segment.cs) + SegmentPart.rights, longCode);
  }

  /** Real-address mode has no privilege, virtual-8086 mode the least. */
  get privilege(): number {
    if (!this.isProtected) return 0;
    return this.has(State.flags, Eflags.vm) ? 3 : this.view.getUint32(State.cpl, true);
  }

  requirePrivilege(): void {
    require(this.privilege === 0);
  }
}

/** Throws #GP(0), or another fault without an error code, unless the claim holds. */
export const require = (claim: boolean, vector: number = Vector.gp): void => {
  if (!claim) throw new Fault(vector);
};

/** SDM Vol. 1, 3.3.7.1. */
export const isCanonical = (address: bigint): boolean => BigInt.asUintN(64, BigInt.asIntN(48, address)) === address;
