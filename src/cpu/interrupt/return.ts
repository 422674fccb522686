/** IRET in protected and long mode: SDM Vol. 2A, IRET/IRETD/IRETQ. */
import { Eflags, Segment, State } from '../../isa/index.ts';
import type { Core } from '../core.ts';
import { Fault, Vector } from '../fault.ts';
import { virtualSegment } from '../real/virtual.ts';
import { Kind } from '../segment/descriptor.ts';
import { Code, codeOf } from '../segment/tables.ts';
import { peek } from '../stack.ts';
import { switchTask } from '../task/switch.ts';
import { returnTo } from '../transfer/return.ts';

export const interruptReturn = (core: Core, size: number): void => {
  const { registers } = core;
  if ((registers.flags & Eflags.nt) !== 0) {
    returnToTask(core);
    return;
  }
  const bytes = size / 8;
  const [offset, selector, image] = [0, 1, 2].map((at) => peek(core, at * bytes, bytes)) as [bigint, bigint, bigint]; // Three were read.
  const flags = Number(image & 0xffff_ffffn);
  if ((flags & Eflags.vm) !== 0 && size === 32 && registers.cpl === 0 && !registers.isLong) {
    returnToVirtual(core, offset, Number(selector & 0xffffn), flags);
    return;
  }
  returnTo(core, {
    ...{ offset, selector: Number(selector & 0xffffn), bytes, above: 3 * bytes, more: 0, hasStack: registers.is64 },
    settle: () => {
      registers.flags = returned(core, flags, size);
    },
  });
};

/** The flags afterwards: IF needs IOPL, IOPL privilege 0. */
const returned = ({ registers }: Core, image: number, size: number): number => {
  const { cpl, iopl, flags } = registers;
  const { cf, pf, af, zf, sf, of, tf, df, nt, rf, ac, id, vif, vip } = Eflags;
  const always = cf | pf | af | zf | sf | of | tf | df | nt | (size === 16 ? 0 : rf | ac | id);
  const privileged = (cpl <= iopl ? Eflags.if : 0) | (cpl === 0 ? Eflags.iopl | (size === 16 ? 0 : vif | vip) : 0);
  const mask = always | privileged;
  return (flags & ~mask) | (image & mask);
};

/** To the task that was interrupted, which is named in this one's segment and busy meanwhile. */
const returnToTask = (core: Core): void => {
  const { registers, memory, tables } = core;
  if (registers.isLong) throw new Fault(Vector.gp);
  const link = Number(memory.readSystem(registers.loaded(State.tr).base, 2));
  const task = (link & Code.local) === 0 ? tables.find(link) : undefined;
  if (task?.kind !== Kind.busyTss && task?.kind !== Kind.busyTss16) throw new Fault(Vector.ts, codeOf(link, 0));
  if (!task.isPresent) throw new Fault(Vector.np, codeOf(link, 0));
  switchTask(core, task, 'return');
};

/** The frame has all segments: SDM Vol. 3B, figure 22-4. */
const returnToVirtual = (core: Core, offset: bigint, code: number, flags: number): void => {
  const { registers } = core;
  const [pointer = 0n, ...selectors] = [3, 4, 5, 6, 7, 8].map((at) => peek(core, 4 * at, 4));
  if (offset > 0xffffn) throw new Fault(Vector.gp);
  registers.flags = flags;
  registers.cpl = 3;
  registers.rip = offset;
  registers.moveStack(pointer, 32);
  registers.setSegment(Segment.cs, virtualSegment(code));
  for (const [at, segment] of [Segment.ss, Segment.es, Segment.ds, Segment.fs, Segment.gs].entries())
    registers.setSegment(segment, virtualSegment(Number((selectors[at] ?? 0n) & 0xffffn)));
};
