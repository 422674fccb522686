/** The stack that a task keeps for code of more privilege: SDM Vol. 3A, 6.8.5 and 8.7. */
import { State } from '../../isa/index.ts';
import type { Core } from '../core.ts';
import { Fault, Vector } from '../fault.ts';
import { isNull, nothing } from '../segment/descriptor.ts';
import { isWritable } from '../segment/right.ts';
import { codeOf } from '../segment/tables.ts';
import { type Stack, widthFor } from '../stack.ts';
import { isWideTask } from './tss.ts';

/** Throws #TS of the task or of the stack's selector, #SS where that stack isn't there. */
export const innerStack = (core: Core, level: number, external: number): Stack => {
  const { registers, memory, tables } = core;
  if (registers.isLong) return longStack(core, level, 4 + 8 * level, external);
  const task = registers.loaded(State.tr);
  const isWide = isWideTask(task);
  const at = isWide ? 4 + 8 * level : 2 + 4 * level;
  if (at + (isWide ? 5 : 3) > task.limit) throw new Fault(Vector.ts, codeOf(task.selector, external));
  const from = task.base + BigInt(at);
  const pointer = memory.readSystem(from, isWide ? 4 : 2);
  const selector = Number(memory.readSystem(from + (isWide ? 4n : 2n), 2));
  if (isNull(selector)) throw new Fault(Vector.ts, codeOf(selector, external));
  const descriptor = tables.get(selector, Vector.ts, external);
  if ((selector & 3) !== level || descriptor.dpl !== level || !isWritable(descriptor.rights))
    throw new Fault(Vector.ts, codeOf(selector, external));
  const code = codeOf(selector, external);
  if (!descriptor.isPresent) throw new Fault(Vector.ss, code);
  tables.markAccessed(descriptor);
  const loaded = descriptor.loaded();
  const width = widthFor(loaded, false);
  return { loaded, pointer: BigInt.asUintN(width, pointer), width, whose: 'supervisor', code };
};

/** One of RSP0 to RSP2, or of the table of interrupts' stacks, from 1. There is no segment. */
export const longStack = ({ registers, memory }: Core, level: number, at: number, external: number): Stack => {
  const task = registers.loaded(State.tr);
  if (at + 7 > task.limit) throw new Fault(Vector.ts, codeOf(task.selector, external));
  const pointer = memory.readSystem(task.base + BigInt(at), 8);
  if (!registers.isCanonical(pointer)) throw new Fault(Vector.ss, external);
  const loaded = { ...nothing(level), rights: level << 5 };
  return { loaded, pointer, width: 64, whose: level === 3 ? 'user' : 'supervisor', code: external };
};
