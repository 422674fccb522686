/** Comparisons of two strings of up to 16 bytes or 8 words: SDM Vol. 1, 12.10.3 (imm8), and Vol. 2B, 4.1. */
import type { Val } from '../../stage/index.ts';
import { type Op, type Operand, op } from '../op.ts';
import type { X } from '../vocabulary.ts';
import { numbers, page } from './rows.ts';

interface Strings {
  readonly w: 8 | 16;
  readonly a: Val;
  readonly b: Val;
  /** Elements that count, of 32 bits. */
  readonly lengthA: Val;
  readonly lengthB: Val;
}

/** Elements there are. */
const countOf = (w: 8 | 16): number => 128 / w;

const typeOf = (w: 8 | 16): string => `i${w}x${countOf(w)}`;

/** One element, by a number that is live, in all lanes. */
const spread = (x: X, w: 8 | 16, vector: Val, index: Val): Val => {
  const bytes = w === 8 ? x.truncate(index, 8) : x.add(x.mul(x.truncate(index, 16), x.known(16, 0x0202)), x.known(16, 0x0100));
  return x.lanes('i8x16.swizzle', vector, x.splat(bytes));
};

/** All ones in the lanes below a number. */
const below = (x: X, w: 8 | 16, lanes: Val, limit: Val): Val => x.lanes(`${typeOf(w)}.lt_u`, lanes, x.splat(x.truncate(limit, w)));

/** Goes through elements of a, `step` at a time, so long as `step` of them count. */
const throughA = (x: X, { lengthA }: Strings, initial: Val, step: number, make: (so: Val, index: Val) => Val): Val => {
  const result = x.variable(initial);
  const index = x.variable(x.known(32, 0));
  x.when(x.not(x.ltu(lengthA, x.known(32, step))), () =>
    x.repeat(() => {
      const at = x.get(index);
      x.set(result, make(x.get(result), at));
      const next = x.add(at, x.known(32, step));
      x.set(index, next);
      return x.not(x.ltu(lengthA, x.add(next, x.known(32, step))));
    }),
  );
  return x.get(result);
};

/** Elements of b that are any of a's. */
const equalAny = (x: X, strings: Strings): Val => {
  const { w, a, b } = strings;
  return throughA(x, strings, x.known(128, 0), 1, (so, at) => x.lanes('v128.or', so, x.lanes(`${typeOf(w)}.eq`, b, spread(x, w, a, at))));
};

/** Elements of b from one of a's to the next; compared as signed ones, which unsigned ones are made into. */
const ranges = (x: X, strings: Strings, isSigned: Val): Val => {
  const { w } = strings;
  const bias = x.splat(x.select(isSigned, x.known(w, 0), x.known(w, 1 << (w - 1))));
  const [a, b] = [x.lanes('v128.xor', strings.a, bias), x.lanes('v128.xor', strings.b, bias)];
  return throughA(x, strings, x.known(128, 0), 2, (so, at) => {
    const isFrom = x.lanes(`${typeOf(w)}.ge_s`, b, spread(x, w, a, at));
    const isTo = x.lanes(`${typeOf(w)}.le_s`, b, spread(x, w, a, x.add(at, x.known(32, 1))));
    return x.lanes('v128.or', so, x.lanes('v128.and', isFrom, isTo));
  });
};

/** Elements that are equal, or both beyond the end. */
const equalEach = (x: X, { w, a, b, lengthA, lengthB }: Strings): Val => {
  const [isA, isB] = [lengthA, lengthB].map((length) => below(x, w, numbers(x, w), length)) as [Val, Val];
  const isBoth = x.lanes('v128.and', x.lanes('v128.and', isA, isB), x.lanes(`${typeOf(w)}.eq`, a, b));
  return x.lanes('v128.or', isBoth, x.lanes('v128.not', x.lanes('v128.or', isA, isB)));
};

/** Where a begins in b; the end of the vector cuts it. */
const equalOrdered = (x: X, strings: Strings): Val => {
  const { w, a, b, lengthB } = strings;
  return throughA(x, strings, x.splat(x.known(64, -1)), 1, (so, at) => {
    const bytes = x.lanes('i8x16.add', numbers(x, 8), x.splat(x.truncate(x.mul(at, x.known(32, w / 8)), 8)));
    const places = x.lanes(`${typeOf(w)}.add`, numbers(x, w), x.splat(x.truncate(at, w)));
    const isEqual = x.lanes(`${typeOf(w)}.eq`, x.lanes('i8x16.swizzle', b, bytes), spread(x, w, a, at));
    const isBeyond = x.lanes('v128.not', below(x, w, places, x.known(32, countOf(w))));
    const holds = x.lanes('v128.or', isBeyond, x.lanes('v128.and', isEqual, below(x, w, places, lengthB)));
    return x.lanes('v128.and', so, holds);
  });
};

/** IntRes1, then IntRes2, as lanes. */
const compared = (x: X, strings: Strings, immediate: Val): Val => {
  const { w, lengthB } = strings;
  const bit = (index: number): Val => x.bit(immediate, index);
  const isB = below(x, w, numbers(x, w), lengthB);
  const within = (make: () => Val) => (): Val => x.lanes('v128.and', make(), isB);
  const first = x.either(
    bit(3),
    () =>
      x.either(
        bit(2),
        () => equalOrdered(x, strings),
        () => equalEach(x, strings),
      ),
    () =>
      x.either(
        bit(2),
        within(() => ranges(x, strings, bit(1))),
        within(() => equalAny(x, strings)),
      ),
  );
  const turned = x.lanes('v128.or', x.splat(x.sext(x.not(bit(5)), 32)), isB);
  return x.lanes('v128.xor', first, x.lanes('v128.and', turned, x.splat(x.sext(bit(4), 32))));
};

/** Elements before the first zero. */
const implied = (x: X, w: 8 | 16, vector: Val): Val => {
  const zeros = x.lanes(`${typeOf(w)}.bitmask`, x.lanes(`${typeOf(w)}.eq`, vector, x.known(128, 0)));
  return x.ctz(x.or(zeros, x.known(32, 1 << countOf(w))));
};

/** The absolute value of a register, as far as there are elements. */
const given = (x: X, w: 8 | 16, register: Operand): Val => {
  const value = register.get();
  const size = x.select(x.msb(value), x.neg(value), value);
  const most = x.known(value.w, countOf(w));
  return x.truncate(x.select(x.ltu(size, most), size, most), 32);
};

interface Outcome {
  /** IntRes2, as lanes and as bits. */
  readonly lanes: Val;
  readonly bits: Val;
  readonly lengthA: Val;
  readonly lengthB: Val;
}

type Lengths = (w: 8 | 16) => readonly [Val, Val];

/** The index of the lowest or highest element that holds, or how many there are. */
const indexOf = (x: X, w: 8 | 16, bits: Val, immediate: Val): Val => {
  const found = x.select(x.bit(immediate, 6), x.sub(x.known(32, 31), x.clz(bits)), x.ctz(bits));
  return x.select(x.eqz(bits), x.known(32, countOf(w)), found);
};

/** A mask of bits, or of elements. */
const maskOf = (x: X, { lanes, bits }: Outcome, immediate: Val): Val => x.select(x.bit(immediate, 6), lanes, x.lowest(bits));

const comparing = (name: string, opcode: string, attributes: string, size: 32 | 64 | undefined): Op =>
  op({
    ...{ name, sdm: page(name), rows: [`66 0F3A ${opcode} /r ib | Vdq, Wdq, Ib | u ${attributes}`] },
    run(x, first, second, third) {
      const b = second.get();
      const [a, immediate] = [first.get(), third.get()];
      const lengths: Lengths = (w) =>
        size === undefined
          ? [implied(x, w, a), implied(x, w, b)]
          : [given(x, w, x.register('ax', size)), given(x, w, x.register('dx', size))];
      const isMask = name.endsWith('m');
      // Index and flags, in one number; or the mask.
      const packed = x.variable(x.known(32, 0));
      const mask = x.variable(x.known(128, 0));
      const of = (w: 8 | 16) => (): void => {
        const [lengthA, lengthB] = lengths(w);
        const lanes = compared(x, { w, a, b, lengthA, lengthB }, immediate);
        const bits = x.zext(x.lanes(`${typeOf(w)}.bitmask`, lanes), 32);
        const isShort = (length: Val): Val => x.zext(x.ltu(length, x.known(32, countOf(w))), 32);
        const told = [x.zext(x.nez(bits), 32), isShort(lengthB), isShort(lengthA), x.zext(x.bit(bits, 0), 32)];
        const flags = told.reduce((so, one, at) => x.or(so, x.shl(one, at)));
        x.set(packed, isMask ? flags : x.or(flags, x.shl(indexOf(x, w, bits, immediate), 4)));
        if (isMask) x.set(mask, maskOf(x, { lanes, bits, lengthA, lengthB }, immediate));
      };
      x.when(x.bit(immediate, 0), of(16), of(8));
      const all = x.get(packed);
      const flag = (at: number) => (): Val => x.bit(all, at);
      const clear = (): Val => x.known(1, 0);
      if (isMask) x.xmm0.set(x.get(mask));
      else x.register('cx', 32).set(x.shr(all, 4));
      x.flags({ c: flag(0), z: flag(1), s: flag(2), o: flag(3), a: clear, p: clear });
    },
  });

export const string: readonly Op[] = [
  comparing('pcmpestrm', '60', 'w0', 32),
  comparing('pcmpestrm', '60', 'w1', 64),
  comparing('pcmpestri', '61', 'w0', 32),
  comparing('pcmpestri', '61', 'w1', 64),
  comparing('pcmpistrm', '62', '', undefined),
  comparing('pcmpistri', '63', '', undefined),
];
