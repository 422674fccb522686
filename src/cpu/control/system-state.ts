/** The processor's state by places in it, for registers that the manual has many of. */
import { Fault, Vector } from '../fault.ts';
import { Registers } from '../registers.ts';

export class SystemState extends Registers {
  readonly view: DataView;

  constructor(view: DataView) {
    super(view);
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

  /** Real-address mode has no privilege, virtual-8086 mode the least. */
  get privilege(): number {
    if (!this.isProtected) return 0;
    return this.isVirtual ? 3 : this.cpl;
  }

  requirePrivilege(): void {
    require(this.privilege === 0);
  }
}

/** Throws #GP(0), or another fault without an error code, unless the claim holds. */
export const require = (claim: boolean, vector: number = Vector.gp): void => {
  if (!claim) throw new Fault(vector);
};
