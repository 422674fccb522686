/** Far returns, and returns from interrupts: SDM Vol. 2B, RET; Vol. 2A, IRET. */
import { Segment } from '../../isa/index.ts';
import type { Core } from '../core.ts';
import { Fault, Vector } from '../fault.ts';
import type { Loaded } from '../registers.ts';
import { type Descriptor, isNull, nothing } from '../segment/descriptor.ts';
import { dropHidden } from '../segment/load.ts';
import { isConforming, isWritable } from '../segment/right.ts';
import { codeOf } from '../segment/tables.ts';
import { drop, peek, widthFor } from '../stack.ts';
import { enterCode, isLongCode, requireCode, requireOffset } from './code.ts';

export interface Frame {
  readonly offset: bigint;
  readonly selector: number;
  /** Bytes of one value on the stack. */
  readonly bytes: number;
  /** Bytes from the top to where the outer stack's pointer is. */
  readonly above: number;
  /** Bytes that are taken off both stacks besides. */
  readonly more: number;
  /** Whether another stack is there though privilege stays. */
  readonly hasStack: boolean;
  /** What follows when nothing faults any more, at the old privilege. */
  readonly settle: () => void;
}

export const returnFar = (core: Core, size: number, more: number): void => {
  const bytes = size / 8;
  const [offset, selector] = [peek(core, 0, bytes), Number(peek(core, bytes, bytes) & 0xffffn)];
  returnTo(core, { offset, selector, bytes, above: 2 * bytes + more, more, hasStack: false, settle: () => {} });
};

export const returnTo = (core: Core, frame: Frame): void => {
  const { registers, tables } = core;
  const { selector, offset, bytes, above, more, settle } = frame;
  if (isNull(selector)) throw new Fault(Vector.gp);
  const code = tables.get(selector);
  const rpl = selector & 3;
  const isReachable = rpl >= registers.cpl && (isConforming(code.rights) ? code.dpl <= rpl : code.dpl === rpl);
  requireCode(core, code, isReachable);
  const isOuter = rpl > registers.cpl;
  if (!isOuter && !frame.hasStack) {
    requireOffset(core, code, offset);
    tables.markAccessed(code);
    settle();
    drop(registers, above);
    enterCode(core, code, rpl, offset);
    return;
  }
  const pointer = peek(core, above, bytes);
  const stack = stackFor(core, Number(peek(core, above + bytes, bytes) & 0xffffn), code);
  requireOffset(core, code, offset);
  tables.markAccessed(code);
  settle();
  registers.setSegment(Segment.ss, stack);
  const width = widthFor(stack, isLongCode(core, code));
  registers.moveStack(BigInt.asUintN(width, pointer + BigInt(more)), width);
  enterCode(core, code, rpl, offset);
  if (isOuter) dropHidden(core);
};

/** Of the privilege that is returned to; none where 64-bit code of the supervisor goes on. */
const stackFor = ({ registers, tables }: Core, selector: number, code: Descriptor): Loaded => {
  const rpl = code.selector & 3;
  if (isNull(selector)) {
    if (!isLongCode({ registers }, code) || rpl === 3 || (selector & 3) !== rpl) throw new Fault(Vector.gp);
    return { ...nothing(selector), rights: rpl << 5 };
  }
  const stack = tables.get(selector);
  if ((selector & 3) !== rpl || stack.dpl !== rpl || !isWritable(stack.rights)) throw new Fault(Vector.gp, codeOf(selector, 0));
  if (!stack.isPresent) throw new Fault(Vector.ss, codeOf(selector, 0));
  tables.markAccessed(stack);
  return stack.loaded();
};
