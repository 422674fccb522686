/** Numbers of floating point: by WebAssembly's operators where those do what the processor does, else exactly, one by one (runtime/float.ts). */
import { Mxcsr, State } from '../../runtime/state.ts';
import type { Val } from '../../stage/index.ts';
import type { X } from '../vocabulary.ts';

/**
 * By the quick way where MXCSR is as after reset but for its flags, and where the claim holds that no exception is to be told of but
 * denormal operands and lost precision; else each by itself, exactly.
 */
export const floats = (x: X, quick: () => readonly [value: Val, isUneventful: Val], exactly: () => Val): Val => {
  const isPlain = x.eq(x.and(x.mxcsr, x.known(32, Mxcsr.control)), x.known(32, Mxcsr.initial));
  const [value, isUneventful] = quick();
  return x.either(
    x.and(isPlain, isUneventful),
    () => value,
    () => told(x, exactly),
  );
};

/** #XM of what is new and not masked; what is found before results are keeps those found after from being told: SDM Vol. 1, 4.9.2 and 11.5.2.1. */
const told = (x: X, make: () => Val): Val => {
  const { binding } = x;
  const bits = (mask: number): Val => x.known(32, mask);
  const before = x.mxcsr;
  binding.writeState(State.mxcsr, x.and(before, bits(~Mxcsr.flags)));
  const result = make();
  const found = x.mxcsr;
  const unmasked = x.and(x.and(found, x.not(x.shr(found, 7))), bits(Mxcsr.flags));
  const isEarly = x.nez(x.and(unmasked, bits(Mxcsr.early)));
  const kept = x.and(found, x.select(isEarly, bits(Mxcsr.early), bits(Mxcsr.flags)));
  binding.writeState(State.mxcsr, x.or(before, kept));
  x.require(x.eqz(unmasked), 'xm');
  return result;
};

/** One of those numbers: bits of 64, as far as the operation looks at them. */
export const exact = (x: X, operation: Val | number, a: Val, b: Val = a): Val => {
  const code = typeof operation === 'number' ? x.known(32, operation) : operation;
  return x.binding.exact(code, x.zext(a, 64), x.zext(b, 64));
};
