/** Code segments that control goes to: SDM Vol. 3A, 6.8.1. */
import { Segment } from '../../isa/index.ts';
import type { Core } from '../core.ts';
import { Fault, Vector } from '../fault.ts';
import type { Descriptor } from '../segment/descriptor.ts';
import { isCode, isConforming, Right } from '../segment/right.ts';
import { codeOf } from '../segment/tables.ts';

/** Jumped to or called without a gate: of the same privilege, or conforming and of at least as much. */
export const requireDirect = (core: Core, code: Descriptor): void => {
  const { cpl } = core.registers;
  const isReachable = isConforming(code.rights) ? code.dpl <= cpl : code.dpl === cpl && (code.selector & 3) <= cpl;
  requireCode(core, code, isReachable);
};

/** Through a gate: #GP with its selector where it is no code or beyond reach, #NP where it isn't there. */
export const requireCode = ({ registers }: Core, { selector, rights, isPresent }: Descriptor, isReachable: boolean, external = 0): void => {
  // Both bits together mean nothing in long mode: SDM Vol. 3A, 6.2.1.
  const isBoth = registers.isLong && (rights & Right.long) !== 0 && (rights & Right.big) !== 0;
  if (!isCode(rights) || !isReachable || isBoth) throw new Fault(Vector.gp, codeOf(selector, external));
  if (!isPresent) throw new Fault(Vector.np, codeOf(selector, external));
};

/** Whether it is code of 64 bits. */
export const isLongCode = ({ registers }: Pick<Core, 'registers'>, { rights }: Pick<Descriptor, 'rights'>): boolean =>
  registers.isLong && (rights & Right.long) !== 0;

/** #GP(0) where an offset isn't within the code. */
export const requireOffset = (core: Core, code: Descriptor, offset: bigint, external = 0): void => {
  const isWithin = isLongCode(core, code) ? core.registers.isCanonical(offset) : offset <= BigInt(code.limit);
  if (!isWithin) throw new Fault(Vector.gp, external);
};

/** The last thing of a transfer: nothing faults any more. */
export const enterCode = ({ registers }: Core, code: Descriptor, cpl: number, offset: bigint): void => {
  registers.setSegment(Segment.cs, code.loaded(cpl));
  registers.cpl = cpl;
  registers.rip = offset;
};
