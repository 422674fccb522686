/** EFLAGS as a number, from and to the state. */
import { AuxBit, arithmeticFlags, Eflags, State } from './state.ts';

export const readFlags = (state: DataView, base = 0): number => {
  const result = state.getBigInt64(base + State.result, true);
  const carry = state.getUint32(base + State.carry, true);
  const aux = state.getUint32(base + State.aux, true);
  const isEven = parities[Number(result & 255n)] === 0;
  const isNegative = result < 0n;
  return (
    (state.getUint32(base + State.flags, true) & ~arithmeticFlags) |
    (carry >>> 31 === 1 ? Eflags.cf : 0) |
    ((carry ^ (carry << 1)) >>> 31 === 1 ? Eflags.of : 0) |
    (result === 0n ? Eflags.zf : 0) |
    (isNegative !== ((aux & Aux.otherSign) !== 0) ? Eflags.sf : 0) |
    (isEven !== ((aux & Aux.otherParity) !== 0) ? Eflags.pf : 0) |
    ((aux & Aux.af) !== 0 ? Eflags.af : 0) |
    Eflags.one
  );
};

export const writeFlags = (state: DataView, flags: number, base = 0): void => {
  const has = (mask: number): boolean => (flags & mask) !== 0;
  const [isZero, isNegative, isEven] = [has(Eflags.zf), has(Eflags.sf), has(Eflags.pf)];
  state.setUint32(base + State.flags, flags & ~arithmeticFlags, true);
  state.setBigUint64(base + State.result, isZero ? 0n : (isNegative ? 1n << 63n : 0n) | (isEven ? 3n : 1n), true);
  state.setUint32(base + State.carry, (has(Eflags.cf) ? 1 << 31 : 0) | (has(Eflags.cf) !== has(Eflags.of) ? 1 << 30 : 0), true);
  const other = isZero ? (isNegative ? Aux.otherSign : 0) | (isEven ? 0 : Aux.otherParity) : 0;
  state.setUint32(base + State.aux, (has(Eflags.af) ? Aux.af : 0) | other, true);
};

const Aux = { af: 1 << AuxBit.af, otherParity: 1 << AuxBit.otherParity, otherSign: 1 << AuxBit.otherSign } as const;

/** 1 where a byte has an odd number of ones. */
const parities = Uint8Array.from({ length: 256 }, (_, byte) => {
  let odd = 0;
  for (let rest = byte; rest > 0; rest &= rest - 1) odd ^= 1;
  return odd;
});
