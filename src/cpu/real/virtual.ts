/** Virtual-8086 mode: SDM Vol. 3B, 22.2. Its extensions, VME, aren't built: CPUID doesn't offer them. */
import { Eflags } from '../../isa/index.ts';
import { Fault, Vector } from '../fault.ts';
import type { Loaded, Registers } from '../registers.ts';

/** Segments begin at sixteen times their selector, and are data that users may write. */
export const virtualSegment = (selector: number): Loaded => ({ selector, base: BigInt(selector << 4), limit: 0xffff, rights: 0xf3 });

/** #GP where IOPL has the supervisor do it. */
export const requireIopl = ({ isVirtual, iopl }: Registers): void => {
  if (isVirtual && iopl < 3) throw new Fault(Vector.gp);
};

/** What IRET never changes there. */
export const virtualKept = Eflags.iopl | Eflags.vm | Eflags.vif | Eflags.vip;
