/** Virtual-8086 mode, and what CR4.VME adds to it: SDM Vol. 3B, 22.2 and 22.3. */
import { Eflags, State } from '../../isa/index.ts';
import { Cr4 } from '../control/bits.ts';
import type { Core } from '../core.ts';
import { Fault, Vector } from '../fault.ts';
import type { Loaded, Registers } from '../registers.ts';

/** Segments begin at sixteen times their selector, and are data that users may write. */
export const virtualSegment = (selector: number): Loaded => ({ selector, base: BigInt(selector << 4), limit: 0xffff, rights: 0xf3 });

/** Whether its flags are virtual: IF is the supervisor's, VIF the program's. */
export const hasVirtualFlags = ({ isVirtual, iopl, cr4 }: Registers): boolean => isVirtual && iopl < 3 && (cr4 & Cr4.vme) !== 0;

/** Offset in the task of where its map of ports is; the map of interrupts that are redirected ends there. */
const [mapsAt, redirectedBytes] = [0x66, 32];

/** Whether INT n goes to the program's own handler, by the table at 0: 22.3.3. */
export const isRedirected = ({ registers, memory }: Core, vector: number): boolean => {
  if (!registers.isVirtual || (registers.cr4 & Cr4.vme) === 0) return false;
  const task = registers.loaded(State.tr);
  if (mapsAt + 1 > task.limit) throw new Fault(Vector.gp);
  const at = Number(memory.readSystem(task.base + BigInt(mapsAt), 2)) - redirectedBytes + (vector >> 3);
  if (at < 0 || at > task.limit) throw new Fault(Vector.gp);
  return (memory.readSystem(task.base + BigInt(at), 1) & BigInt(1 << (vector & 7))) === 0n;
};

/** #GP where IOPL has the supervisor do it. */
export const requireIopl = ({ isVirtual, iopl }: Registers): void => {
  if (isVirtual && iopl < 3) throw new Fault(Vector.gp);
};

/** What such a program sees of its flags. */
export const virtualFlags = (flags: number): number => (flags & ~Eflags.if) | ((flags & Eflags.vif) !== 0 ? Eflags.if : 0) | Eflags.iopl;

/** What IRET never changes there. */
export const virtualKept = Eflags.iopl | Eflags.vm | Eflags.vif | Eflags.vip;
