/** Far jumps and calls in protected and long mode: SDM Vol. 2A, JMP and CALL. */
import { Segment } from '../../isa/index.ts';
import type { Core } from '../core.ts';
import { Fault, Vector } from '../fault.ts';
import { type Descriptor, isNull, Kind } from '../segment/descriptor.ts';
import { codeOf } from '../segment/tables.ts';
import { Pushes, presentStack } from '../stack.ts';
import { switchTask } from '../task/switch.ts';
import { taskOf } from '../task/tss.ts';
import { enterCode, requireDirect, requireOffset } from './code.ts';
import { callGate, jumpGate } from './gate.ts';

/** Where a pointer leads. */
export interface Pointer {
  readonly selector: number;
  readonly offset: bigint;
}

export const jumpFar = (core: Core, { selector, offset }: Pointer): void => {
  const target = targetOf(core, selector);
  if (!target.isProgram) {
    transferBySystem(core, target, 'jump');
    return;
  }
  requireDirect(core, target);
  requireOffset(core, target, offset);
  core.tables.markAccessed(target);
  enterCode(core, target, core.registers.cpl, offset);
};

/** Return addresses are as wide as operands. */
export const callFar = (core: Core, size: number, { selector, offset }: Pointer): void => {
  const target = targetOf(core, selector);
  if (!target.isProgram) {
    transferBySystem(core, target, 'call');
    return;
  }
  const { registers, tables } = core;
  requireDirect(core, target);
  const pushes = new Pushes(core, presentStack(core), size / 8);
  pushes.push(registers.segment(Segment.cs).selector, registers.rip);
  pushes.probe();
  requireOffset(core, target, offset);
  tables.markAccessed(target);
  const width = registers.stackWidth;
  registers.moveStack(pushes.write(), width);
  enterCode(core, target, registers.cpl, offset);
};

const targetOf = ({ tables }: Core, selector: number): Descriptor => {
  if (isNull(selector)) throw new Fault(Vector.gp);
  return tables.get(selector);
};

/** Through a call gate, a task gate, or to a task. Long mode has only gates of 64 bits: SDM Vol. 3A, 6.8.3.1. */
const transferBySystem = (core: Core, target: Descriptor, how: 'jump' | 'call'): void => {
  const { cpl, isLong } = core.registers;
  const { kind, selector, dpl, isPresent } = target;
  const isGate = kind === Kind.callGate || (kind === Kind.callGate16 && !isLong);
  const isTask = !isLong && (kind === Kind.taskGate || kind === Kind.tss || kind === Kind.tss16);
  const isReachable = dpl >= Math.max(cpl, selector & 3) && target.isWellFormed;
  if (!(isGate || isTask) || !isReachable) throw new Fault(Vector.gp, codeOf(selector, 0));
  if (!isPresent) throw new Fault(Vector.np, codeOf(selector, 0));
  if (isTask) switchTask(core, kind === Kind.taskGate ? taskOf(core, target) : target, how);
  else if (how === 'jump') jumpGate(core, target);
  else callGate(core, target);
};
