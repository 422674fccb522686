/** The second half of a task switch: the new task's registers, whose segments are looked at when they are all there. SDM Vol. 3A, 8.3 and table 8-1. */
import { Eflags, Segment, State } from '../../isa/index.ts';
import { Dr6, Dr7 } from '../control/debug-registers.ts';
import type { Core } from '../core.ts';
import { Fault, LateFault, Vector } from '../fault.ts';
import { Cr0 } from '../memory/paging.ts';
import { virtualSegment } from '../real/virtual.ts';
import { isNull, Kind, nothing } from '../segment/descriptor.ts';
import { isCode, isConforming, isReadable, isWritable } from '../segment/right.ts';
import { Code, codeOf } from '../segment/tables.ts';
import type { Image } from './switch.ts';
import type { Layout } from './tss.ts';

const segments = [Segment.es, Segment.cs, Segment.ss, Segment.ds, Segment.fs, Segment.gs] as const;

export const enterTask = (core: Core, layout: Layout, image: Image, external: number): void => {
  const { registers } = core;
  if (image.tables !== undefined && (registers.cr0 & Cr0.pg) !== 0) {
    registers.cr3 = image.tables;
    core.memory.flushLocal();
    core.memory.switched?.();
  }
  registers.rip = image.ip;
  registers.flags = image.flags;
  for (const [number, value] of image.general.entries()) registers.setGeneral(number, value);
  const selectorOf = (segment: Segment): number => image.segments[segment] ?? 0;
  for (const segment of segments) registers.setSegment(segment, nothing(selectorOf(segment)));
  registers.setLoaded(State.ldtr, nothing(image.ldt));
  const isVirtual = layout.bytes === 4 && (image.flags & Eflags.vm) !== 0;
  registers.cpl = isVirtual ? 3 : selectorOf(Segment.cs) & 3;
  try {
    loadTable(core, image.ldt, external);
    if (isVirtual) for (const segment of segments) registers.setSegment(segment, virtualSegment(selectorOf(segment)));
    else {
      loadCode(core, selectorOf(Segment.cs), external);
      loadStack(core, selectorOf(Segment.ss), external);
      for (const segment of [Segment.ds, Segment.es, Segment.fs, Segment.gs]) loadData(core, segment, selectorOf(segment), external);
    }
  } catch (error) {
    if (error instanceof Fault) throw new LateFault(error.vector, error.code, error.address);
    throw error;
  }
  // What the old task has watched is no business of the new one.
  registers.disarm(Dr7.local);
  if (!image.isTrapped) return;
  registers.noteDebug(Dr6.bt);
  throw new LateFault(Vector.db);
};

const loadTable = ({ registers, tables }: Core, selector: number, external: number): void => {
  if (isNull(selector)) return;
  const table = (selector & Code.local) === 0 ? tables.find(selector) : undefined;
  if (table?.kind !== Kind.ldt || !table.isPresent) throw new Fault(Vector.ts, codeOf(selector, external));
  registers.setLoaded(State.ldtr, table.loaded());
};

const loadCode = ({ registers, tables }: Core, selector: number, external: number): void => {
  const code = isNull(selector) ? undefined : tables.find(selector);
  const rpl = selector & 3;
  const isRight = code !== undefined && isCode(code.rights) && (isConforming(code.rights) ? code.dpl <= rpl : code.dpl === rpl);
  if (!isRight) throw new Fault(Vector.ts, codeOf(selector, external));
  if (!code.isPresent) throw new Fault(Vector.np, codeOf(selector, external));
  tables.markAccessed(code);
  registers.setSegment(Segment.cs, code.loaded());
};

const loadStack = ({ registers, tables }: Core, selector: number, external: number): void => {
  const { cpl } = registers;
  const stack = isNull(selector) ? undefined : tables.find(selector);
  if (stack === undefined || !isWritable(stack.rights) || stack.dpl !== cpl || (selector & 3) !== cpl)
    throw new Fault(Vector.ts, codeOf(selector, external));
  if (!stack.isPresent) throw new Fault(Vector.ss, codeOf(selector, external));
  tables.markAccessed(stack);
  registers.setSegment(Segment.ss, stack.loaded());
};

const loadData = ({ registers, tables }: Core, segment: Segment, selector: number, external: number): void => {
  if (isNull(selector)) return;
  const data = tables.get(selector, Vector.ts, external);
  const isHidden = !isConforming(data.rights) && data.dpl < Math.max(registers.cpl, selector & 3);
  if (!isReadable(data.rights) || isHidden) throw new Fault(Vector.ts, codeOf(selector, external));
  if (!data.isPresent) throw new Fault(Vector.np, codeOf(selector, external));
  tables.markAccessed(data);
  registers.setSegment(segment, data.loaded());
};
