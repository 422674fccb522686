/** Loads of segment registers that aren't CS, of LDTR and of TR, in protected and long mode: SDM Vol. 2B, MOV; Vol. 2A, LLDT and LTR. */
import { Segment, State, segmentPlace } from '../../isa/index.ts';
import type { Core } from '../core.ts';
import { Fault, Vector } from '../fault.ts';
import { type Descriptor, isNull, Kind, nothing } from './descriptor.ts';
import { dplOf, isCode, isConforming, isReadable, isWritable } from './right.ts';
import { Code, codeOf } from './tables.ts';

/** By the segment's place in the state. */
export const loadSegment = (core: Core, place: number, selector: number): void => {
  const { registers, tables } = core;
  const isStack = place === segmentPlace(Segment.ss);
  if (isNull(selector)) {
    if (isStack) requireNullStack(core, selector);
    registers.setLoaded(place, { ...nothing(selector), rights: isStack ? registers.cpl << 5 : 0 });
    return;
  }
  const descriptor = tables.get(selector);
  if (isStack) requireStack(descriptor, selector, registers.cpl);
  else requireData(descriptor, selector, registers.cpl);
  if (!descriptor.isPresent) throw new Fault(isStack ? Vector.ss : Vector.np, codeOf(selector, 0));
  tables.markAccessed(descriptor);
  registers.setLoaded(place, descriptor.loaded());
};

/** Only 64-bit mode does without a stack segment, and only where no user is: SDM Vol. 3A, 6.7.3. */
const requireNullStack = ({ registers }: Core, selector: number): void => {
  if (!registers.is64 || registers.cpl === 3 || (selector & 3) !== registers.cpl) throw new Fault(Vector.gp);
};

const requireStack = ({ dpl, rights }: Descriptor, selector: number, cpl: number): void => {
  if ((selector & 3) !== cpl || dpl !== cpl || !isWritable(rights)) throw new Fault(Vector.gp, codeOf(selector, 0));
};

/** Of code that conforms, privilege doesn't matter. */
const requireData = ({ dpl, rights }: Descriptor, selector: number, cpl: number): void => {
  const isHidden = !isConforming(rights) && dpl < Math.max(cpl, selector & 3);
  if (!isReadable(rights) || isHidden) throw new Fault(Vector.gp, codeOf(selector, 0));
};

/** After a return to less privilege, data of more is out of reach, and of null selectors nothing is left: SDM Vol. 2B, RET. */
export const dropHidden = ({ registers }: Core): void => {
  for (const segment of [Segment.es, Segment.ds, Segment.fs, Segment.gs]) {
    const loaded = registers.segment(segment);
    const { rights } = loaded;
    const isProgram = isCode(rights) || isReadable(rights);
    const isHidden = isProgram && !isConforming(rights) && dplOf(rights) < registers.cpl;
    // A base that was set without a selector stays: 64-bit code has FS and GS of it.
    // Nor does what is hidden lose its base: kvm-unit-tests x86/emulator64.c, as measured on Intel's and AMD's.
    if (isHidden) registers.setSegment(segment, { ...loaded, selector: 0, rights: 0 });
    else if (isNull(loaded.selector)) registers.setSegment(segment, { ...loaded, selector: 0 });
  }
};

export const loadLdt = ({ registers, tables }: Core, selector: number): void => {
  if (isNull(selector)) {
    registers.setLoaded(State.ldtr, nothing(selector));
    return;
  }
  const descriptor = globalOf({ tables }, selector);
  requireSystem(registers, descriptor, [Kind.ldt]);
  registers.setLoaded(State.ldtr, descriptor.loaded());
};

export const loadTask = ({ registers, tables }: Core, selector: number): void => {
  if (isNull(selector)) throw new Fault(Vector.gp);
  const descriptor = globalOf({ tables }, selector);
  requireSystem(registers, descriptor, registers.isLong ? [Kind.tss] : [Kind.tss16, Kind.tss]);
  tables.markBusy(selector, true);
  const loaded = descriptor.loaded();
  registers.setLoaded(State.tr, { ...loaded, rights: loaded.rights | 2 });
};

const globalOf = ({ tables }: Pick<Core, 'tables'>, selector: number): Descriptor => {
  if ((selector & Code.local) !== 0) throw new Fault(Vector.gp, codeOf(selector, 0));
  return tables.get(selector);
};

const requireSystem = (
  registers: Core['registers'],
  { kind, base, isPresent, isWellFormed, selector }: Descriptor,
  kinds: readonly number[],
): void => {
  const isThere = !registers.isLong || registers.isCanonicalWhenKept(base);
  const isRight = kind !== undefined && kinds.includes(kind) && isWellFormed && isThere;
  if (!isRight) throw new Fault(Vector.gp, codeOf(selector, 0));
  if (!isPresent) throw new Fault(Vector.np, codeOf(selector, 0));
};
