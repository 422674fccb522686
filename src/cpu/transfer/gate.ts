/** Call gates: SDM Vol. 3A, 6.8.3 to 6.8.5. */
import { Segment } from '../../isa/index.ts';
import type { Core } from '../core.ts';
import { Fault, Vector } from '../fault.ts';
import { type Descriptor, isNull, Kind } from '../segment/descriptor.ts';
import { isConforming, Right } from '../segment/right.ts';
import { codeOf } from '../segment/tables.ts';
import { Pushes, peek, presentStack, type Stack } from '../stack.ts';
import { innerStack } from '../task/inner-stack.ts';
import { enterCode, requireCode, requireOffset } from './code.ts';

/** Keeps privilege. */
export const jumpGate = (core: Core, gate: Descriptor): void => {
  const { cpl } = core.registers;
  const code = targetOf(core, gate);
  requireCode(core, code, isConforming(code.rights) ? code.dpl <= cpl : code.dpl === cpl);
  requireOffset(core, code, gate.offset);
  core.tables.markAccessed(code);
  enterCode(core, code, cpl, gate.offset);
};

/** Code of more privilege that doesn't conform has a stack of its own. */
export const callGate = (core: Core, gate: Descriptor): void => {
  const { registers, tables } = core;
  const code = targetOf(core, gate);
  requireCode(core, code, code.dpl <= registers.cpl);
  const isInner = !isConforming(code.rights) && code.dpl < registers.cpl;
  const cpl = isInner ? code.dpl : registers.cpl;
  const stack: Stack = isInner ? innerStack(core, cpl, 0) : presentStack(core);
  const bytes = registers.isLong ? 8 : gate.kind === Kind.callGate16 ? 2 : 4;
  const pushes = new Pushes(core, stack, bytes);
  if (isInner) {
    pushes.push(registers.segment(Segment.ss).selector, registers.stackPointer);
    if (!registers.isLong) pushes.push(...parametersOf(core, gate.parameters, bytes));
  }
  pushes.push(registers.segment(Segment.cs).selector, registers.rip);
  pushes.probe();
  requireOffset(core, code, gate.offset);
  tables.markAccessed(code);
  const top = pushes.write();
  if (isInner) registers.setSegment(Segment.ss, stack.loaded);
  enterCode(core, code, cpl, gate.offset);
  registers.moveStack(top, stack.width);
};

const targetOf = (core: Core, gate: Descriptor): Descriptor => {
  if (isNull(gate.target)) throw new Fault(Vector.gp);
  const code = core.tables.get(gate.target);
  if (core.registers.isLong && (code.rights & Right.long) === 0) throw new Fault(Vector.gp, codeOf(gate.target, 0));
  return code;
};

/** The last first, as they are pushed. */
const parametersOf = (core: Core, count: number, bytes: number): readonly bigint[] =>
  Array.from({ length: count }, (_, at) => peek(core, at * bytes, bytes)).reverse();
