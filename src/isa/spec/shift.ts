/** Shifts and rotations. */
import type { Val } from '../stage/index.ts';
import { type FlagUpdate, type Op, type Operand, op } from './op.ts';
import type { X } from './vocabulary.ts';

/** The rows of group 2: SDM Vol. 2D, table A-6. */
const rowsOf = (...digits: readonly number[]): readonly string[] =>
  digits.flatMap((digit) => [
    `C0 /${digit} ib | Eb, Ib`,
    `C1 /${digit} ib | Ev, Ib`,
    `D0 /${digit} | Eb, 1`,
    `D1 /${digit} | Ev, 1`,
    `D2 /${digit} | Eb, CL`,
    `D3 /${digit} | Ev, CL`,
  ]);

/** The count, of which 5 bits matter, 6 of operands of 64 bits; as wide as what shifts them. */
const countOf = (x: X, count: Operand, w: number): Val => {
  const whole = w === 64 ? 64 : 32;
  return x.and(x.zext(count.get(), whole), x.known(whole, whole - 1));
};

/** What is made of an operand by a count that isn't 0; flags are asked for then only. */
type Make = (x: X, a: Val, n: Val) => readonly [result: Val, flags: FlagUpdate];

/** A destination in memory is written, and flags stay, where the count is 0. Undefined, OF of more than 1 is what a shift by 1 makes of the last two bits. */
const shifting = (name: string, sdm: string, rows: readonly string[], make: Make, undefinedFlags: string): Op =>
  op({
    ...{ name, sdm, rows, undefinedFlags },
    run(x, destination, count) {
      const n = countOf(x, count, destination.w);
      let flags: FlagUpdate = {};
      destination.update((a) => {
        const [result, update] = make(x, a, n);
        flags = update;
        return result;
      });
      x.flags(flags, x.nez(n));
    },
  });

/** Undefined, AF is set by AMD's processors; Intel's differ. */
const set = (x: X) => (): Val => x.known(1, 1);
const less = (x: X, n: Val, by: number): Val => x.sub(n, x.known(n.w, by));
const from = (x: X, all: number, n: Val): Val => x.sub(x.known(n.w, all), n);
/** Whether the two highest bits differ. */
const differs = (x: X, r: Val): Val => x.xor(x.msb(r), x.bit(r, r.w - 2));

export const shl = shifting(
  'shl',
  'Vol. 2B, SAL/SAR/SHL/SHR',
  rowsOf(4, 6),
  (x, a, n) => {
    const result = x.shl(a, n);
    const c = (): Val => x.msb(x.shl(a, less(x, n, 1)));
    return [result, { result, c, a: set(x), o: () => x.xor(x.msb(result), c()) }];
  },
  'oa',
);

export const shr = shifting(
  'shr',
  'Vol. 2B, SAL/SAR/SHL/SHR',
  rowsOf(5),
  (x, a, n) => {
    const result = x.shr(a, n);
    const last = (): Val => x.shr(a, less(x, n, 1));
    return [result, { result, a: set(x), c: () => x.bit(last(), 0), o: () => x.msb(last()) }];
  },
  'oa',
);

export const sar = shifting(
  'sar',
  'Vol. 2B, SAL/SAR/SHL/SHR',
  rowsOf(7),
  (x, a, n) => {
    const result = x.sar(a, n);
    return [result, { result, a: set(x), c: () => x.bit(x.sar(a, less(x, n, 1)), 0), o: () => x.known(1, 0) }];
  },
  'a',
);

export const rol = shifting(
  'rol',
  'Vol. 2B, RCL/RCR/ROL/ROR',
  rowsOf(0),
  (x, a, n) => {
    const r = x.rotl(a, x.and(n, x.known(n.w, a.w - 1)));
    const c = (): Val => x.bit(r, 0);
    return [r, { c, o: () => x.xor(x.msb(r), c()) }];
  },
  'o',
);

export const ror = shifting(
  'ror',
  'Vol. 2B, RCL/RCR/ROL/ROR',
  rowsOf(1),
  (x, a, n) => {
    const r = x.rotl(a, x.and(x.neg(n), x.known(n.w, a.w - 1)));
    return [r, { c: () => x.msb(r), o: () => differs(x, r) }];
  },
  'o',
);

/** An operand of less than 64 bits with CF above it, rotated left by `n` of its `w + 1` bits. */
const rotated = (x: X, a: Val, n: Val): Rotated => {
  const whole = x.or(x.zext(a, 64), x.shl(x.zext(x.flag('c'), 64), a.w));
  const r = x.or(x.shl(whole, n), x.shr(whole, from(x, a.w + 1, n)));
  return { result: x.truncate(r, a.w), carry: x.bit(r, a.w) };
};

interface Rotated {
  readonly result: Val;
  readonly carry: Val;
}

/** Of 64 bits, whose 65th fits nowhere: each part by itself; `n` is from 1 to 63 where the thunks are asked. */
const rotated64 = (x: X, a: Val, n: Val, result: () => Val, carry: () => Val): Rotated => {
  const isNone = x.eqz(n);
  return { result: x.either(isNone, () => a, result), carry: x.either(isNone, () => x.flag('c'), carry) };
};

/** Rotations through CF: of 8 and 16 bits the count is taken modulo 9 and 17. */
const modulo = (x: X, n: Val, w: number): Val => (w < 32 ? x.remu(n, x.known(n.w, w + 1)) : n);

const rotatedLeft = (x: X, a: Val, n: Val): Rotated => {
  if (a.w < 64) return rotated(x, a, modulo(x, n, a.w));
  const high = (): Val => x.or(x.shl(a, n), x.shl(x.zext(x.flag('c'), 64), less(x, n, 1)));
  const low = (): Val => x.shr(x.shr(a, 1), from(x, 64, n));
  return rotated64(
    ...([x, a, n] as const),
    () => x.or(high(), low()),
    () => x.bit(x.shr(a, from(x, 64, n)), 0),
  );
};

const rotatedRight = (x: X, a: Val, n: Val): Rotated => {
  if (a.w < 64) {
    const by = modulo(x, n, a.w);
    return rotated(x, a, x.select(x.eqz(by), by, from(x, a.w + 1, by)));
  }
  const low = (): Val => x.or(x.shr(a, n), x.shl(x.zext(x.flag('c'), 64), from(x, 64, n)));
  const high = (): Val => x.shl(x.shl(a, 1), from(x, 64, n));
  return rotated64(
    ...([x, a, n] as const),
    () => x.or(high(), low()),
    () => x.bit(x.shr(a, less(x, n, 1)), 0),
  );
};

export const rcl = shifting(
  'rcl',
  'Vol. 2B, RCL/RCR/ROL/ROR',
  rowsOf(2),
  (x, a, n) => {
    const { result, carry } = rotatedLeft(x, a, n);
    return [result, { c: () => carry, o: () => x.xor(x.msb(result), carry) }];
  },
  'o',
);

export const rcr = shifting(
  'rcr',
  'Vol. 2B, RCL/RCR/ROL/ROR',
  rowsOf(3),
  (x, a, n) => {
    const { result, carry } = rotatedRight(x, a, n);
    return [result, { c: () => carry, o: () => differs(x, result) }];
  },
  'o',
);

/** Bits of a second operand come in: both as one, of `2 w` bits. */
const doubly = (name: string, sdm: string, opcode: 'A4' | 'AC', make: (x: X, a: Val, b: Val, n: Val) => readonly [Val, FlagUpdate]): Op => {
  const byRegister = (Number.parseInt(opcode, 16) + 1).toString(16).toUpperCase();
  return op({
    ...{ name, sdm, undefinedFlags: 'oa' },
    rows: [`0F ${opcode} /r ib | Ev, Gv, Ib`, `0F ${byRegister} /r | Ev, Gv, CL`],
    run(x, destination, source, count) {
      const n = countOf(x, count, destination.w);
      const b = source.get();
      let flags: FlagUpdate = {};
      destination.update((a) => {
        const [result, update] = make(x, a, b, n);
        flags = update;
        return result;
      });
      x.flags(flags, x.nez(n));
    },
  });
};

/** Of 16 bits, counts above 16 are undefined: AMD's processors go on with the source once more, Intel's with the destination. */
const twice = (x: X, b: Val): Val => x.or(x.shl(x.zext(b, 64), 16), x.zext(b, 64));

export const shld = doubly('shld', 'Vol. 2B, SHLD', 'A4', (x, a, b, n) => {
  const result =
    a.w === 16
      ? x.slice(x.shl(x.or(x.shl(x.zext(a, 64), 32), twice(x, b)), n), 32, 16)
      : x.or(x.shl(a, n), x.shr(x.shr(b, 1), from(x, a.w - 1, n)));
  const c = (): Val => x.msb(x.shl(a, less(x, n, 1)));
  return [result, { result, c, a: set(x), o: () => x.xor(x.msb(x.shl(a, n)), c()) }];
});

export const shrd = doubly('shrd', 'Vol. 2B, SHRD', 'AC', (x, a, b, n) => {
  const result =
    a.w === 16
      ? x.slice(x.shr(x.or(x.shl(twice(x, b), 16), x.zext(a, 64)), n), 0, 16)
      : x.or(x.shr(a, n), x.shl(x.shl(b, 1), from(x, a.w - 1, n)));
  const c = (): Val => x.bit(x.shr(a, less(x, n, 1)), 0);
  return [result, { result, c, a: set(x), o: () => differs(x, result) }];
});

export const shift: readonly Op[] = [rol, ror, rcl, rcr, shl, shr, sar, shld, shrd];
