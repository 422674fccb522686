/** Numbers of floating point: by WebAssembly's operators where those do what the processor does, else exactly, one by one (runtime/float.ts). */
import { FloatOp } from '../../runtime/float.ts';
import { Mxcsr, State } from '../../runtime/state.ts';
import type { Val, Variable } from '../../stage/index.ts';
import type { X } from '../vocabulary.ts';

/** A value, and whether no exception is to be told of but lost precision: where all holds, one looked at after the other; `isLossless`, where some may be lost, whether none is. */
export type Quick = readonly [value: Val, isUneventful: Val | readonly (() => Val)[], isLossless?: () => Val];

/**
 * By the quick way where MXCSR is as after reset but for its flags, and where it claims that nothing is to be told of; else each by itself, exactly.
 * PE stays once it is set, so until then alone it counts whether precision is lost.
 */
export const floats = (x: X, quick: () => Quick, exactly: () => Val): Val => {
  const isMxcsr = (mask: number, wanted: number): Val => x.eq(x.and(x.mxcsr, x.known(32, mask)), x.known(32, wanted));
  const [value, isUneventful, isLossless] = quick();
  const isInitial = (): Val => isMxcsr(Mxcsr.control, Mxcsr.initial);
  const mayLose = (): Val => isMxcsr(Mxcsr.control | Mxcsr.pe, Mxcsr.initial | Mxcsr.pe);
  const losesNothing = (lossless: () => Val): Val =>
    x.either(
      mayLose(),
      () => x.known(1, 1),
      () => x.and(isInitial(), lossless()),
    );
  const claims = [
    ...('w' in isUneventful ? [(): Val => isUneventful] : isUneventful),
    isLossless === undefined ? isInitial : (): Val => losesNothing(isLossless),
  ];
  const otherwise = (): Val => (x.binding.elsewhere() ? value : told(x, exactly));
  if (x.numberOf(value) === undefined) return x.whereAll(claims, value, otherwise);
  // Numbers stay numbers: engines take some cycles from one of their registers to the bits of it, and back.
  return x.bits(x.whereAll(claims, x.float(value), () => x.float(otherwise())));
};

/** Numbers whose exceptions are told of together at the end: those of a vector that is worked on in halves. */
export const together = (x: X, work: () => void): void => {
  const events = x.variable(x.known(32, 0));
  pending.set(x, events);
  work();
  pending.delete(x);
  const found = x.get(events);
  x.when(x.nez(found), () => tell(x, x.mxcsr, x.or(x.and(x.mxcsr, x.known(32, ~Mxcsr.flags)), found)));
};

const pending = new WeakMap<X, Variable>();

/** Exceptions are looked for with no flag set, and told of then, or with others. */
export const told = (x: X, make: () => Val): Val => {
  const { binding } = x;
  const before = x.mxcsr;
  binding.writeState(State.mxcsr, x.and(before, x.known(32, ~Mxcsr.flags)));
  const result = make();
  const found = x.mxcsr;
  const events = pending.get(x);
  if (events === undefined) tell(x, before, found);
  else {
    x.set(events, x.or(x.get(events), x.and(found, x.known(32, Mxcsr.flags))));
    binding.writeState(State.mxcsr, before);
  }
  return result;
};

/** #XM of what is new and not masked; what is found before results are keeps those found after from being told: SDM Vol. 1, 4.9.2 and 11.5.2.1. */
const tell = (x: X, before: Val, found: Val): void => {
  const { binding } = x;
  const bits = (mask: number): Val => x.known(32, mask);
  const unmasked = x.and(x.and(found, x.not(x.shr(found, 7))), bits(Mxcsr.flags));
  const isEarly = x.nez(x.and(unmasked, bits(Mxcsr.early)));
  const kept = x.and(found, x.select(isEarly, bits(Mxcsr.early), bits(Mxcsr.flags)));
  binding.writeState(State.mxcsr, x.or(before, kept));
  x.require(x.eqz(unmasked), 'xm');
};

/** One of those numbers: bits of 64, as far as the operation looks at them. */
export const exact = (x: X, operation: Val | number, a: Val, b: Val = a): Val => {
  const code = typeof operation === 'number' ? x.known(32, operation) : operation;
  return x.binding.exact(code, x.zext(a, 64), x.zext(b, 64));
};

/** Each lane of vectors, two or three of them, by an operation with its format. */
export const exactLanes = (x: X, operation: number, ...vectors: readonly Val[]): Val => {
  for (const [at, vector] of vectors.entries()) x.binding.writeState(State.lanes + 16 * at, vector);
  const nothing = x.known(64, 0);
  x.binding.exact(x.known(32, operation | FloatOp.packed), nothing, nothing);
  return x.binding.readState(State.lanes, 128);
};
