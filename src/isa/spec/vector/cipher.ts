/** Rounds of AES (FIPS 197), and products without carries. */
import type { Val } from '../../stage/index.ts';
import type { Op } from '../op.ts';
import type { X } from '../vocabulary.ts';
import { combining, combiningBy, type Make, mapping, row } from './rows.ts';

/** Times x in GF(2^8): FIPS 197, 4.2.1. */
const doubled = (byte: number): number => ((byte << 1) ^ (byte & 0x80 ? 0x1b : 0)) & 0xff;

/** FIPS 197, 5.1.1: the inverse, and an affine transformation of it. 3 generates all of the field but 0, so powers of it are inverses in pairs. */
const substitutes: readonly number[] = (() => {
  const powers = [1];
  while (powers.length < 255) powers.push((powers.at(-1) ?? 0) ^ doubled(powers.at(-1) ?? 0));
  const table: number[] = new Array(256).fill(0x63);
  for (const [power, byte] of powers.entries()) {
    const inverse = powers[(255 - power) % 255] ?? 0;
    const turned = [0, 1, 2, 3, 4].map((by) => ((inverse << by) | (inverse >> (8 - by))) & 0xff);
    table[byte] = turned.reduce((so, one) => so ^ one, 0x63);
  }
  return table;
})();

const inverses = substitutes.map((_, byte) => substitutes.indexOf(byte));

/** Each byte by a table of 256, 16 of them at a time: of what is beyond, a swizzle makes 0. */
const looked = (x: X, table: readonly number[], a: Val): Val =>
  Array.from({ length: 16 }, (_, high) => {
    const within = x.lanes('i8x16.sub', a, x.splat(x.known(8, 16 * high)));
    return x.lanes('i8x16.swizzle', x.constant(8, table.slice(16 * high, 16 * high + 16)), within);
  }).reduce((so, part) => x.lanes('v128.or', so, part));

/** FIPS 197, 5.1.2: the state is column after column; row r moves by r columns. */
const shiftedRows = (x: X, a: Val, by: 1 | 3): Val =>
  x.shuffle(
    a,
    a,
    Array.from({ length: 16 }, (_, at) => (at + 4 * by * (at % 4)) % 16),
  );

/** Bytes of each column, `by` further down. */
const turnedColumns = (x: X, a: Val, by: number): Val =>
  x.shuffle(
    a,
    a,
    Array.from({ length: 16 }, (_, at) => (at & ~3) | ((at + by) & 3)),
  );

const doubledBytes = (x: X, a: Val): Val => {
  const reduced = x.lanes('v128.and', x.lanes('i8x16.shr_s', a, x.known(32, 7)), x.splat(x.known(8, 0x1b)));
  return x.lanes('v128.xor', x.lanes('i8x16.shl', a, x.known(32, 1)), reduced);
};

const xor = (x: X, ...values: readonly Val[]): Val => values.reduce((so, one) => x.lanes('v128.xor', so, one));

/** FIPS 197, 5.1.3: twice the byte, three times the next, and the others. */
const mixedColumns = (x: X, a: Val): Val => {
  const twice = doubledBytes(x, a);
  return xor(x, twice, turnedColumns(x, xor(x, twice, a), 1), turnedColumns(x, a, 2), turnedColumns(x, a, 3));
};

/** FIPS 197, 5.3.3, as the above of what is 5 times the byte and 4 times the one after the next. */
const unmixedColumns = (x: X, a: Val): Val => {
  const fourTimes = doubledBytes(x, doubledBytes(x, xor(x, a, turnedColumns(x, a, 2))));
  return mixedColumns(x, xor(x, a, fourTimes));
};

const encrypted = (x: X, a: Val): Val => looked(x, substitutes, shiftedRows(x, a, 1));
const decrypted = (x: X, a: Val): Val => looked(x, inverses, shiftedRows(x, a, 3));

/** Substituted words 1 and 3, each also turned by a byte and combined with the constant: SDM Vol. 2A, AESKEYGENASSIST. */
const keyWords = (x: X, a: Val, immediate: Val): Val => {
  const words = looked(x, substitutes, x.shuffleLanes(32, a, a, [1, 1, 3, 3]));
  const turned = x.shuffle(words, words, [0, 1, 2, 3, 5, 6, 7, 4, 8, 9, 10, 11, 13, 14, 15, 12]);
  const constant = x.splat(x.shl(x.zext(immediate, 64), 32));
  return xor(x, turned, constant);
};

/** Bits 0 and 4 of the immediate choose halves: SDM Vol. 2B, PCLMULQDQ. */
const carryless = (x: X, a: Val, b: Val, immediate: Val): Val => {
  const half = (vector: Val, bit: number): Val => x.select(x.bit(immediate, bit), x.extract(vector, 64, 1), x.extract(vector, 64, 0));
  const zero = x.known(64, 0);
  const [low, high] = [x.variable(half(a, 0)), x.variable(zero)];
  const [rest, resultLow, resultHigh] = [x.variable(half(b, 4)), x.variable(zero), x.variable(zero)];
  x.repeat(() => {
    const [nowLow, nowHigh, nowRest] = [x.get(low), x.get(high), x.get(rest)];
    const mask = x.neg(x.and(nowRest, x.known(64, 1)));
    x.set(resultLow, x.xor(x.get(resultLow), x.and(nowLow, mask)));
    x.set(resultHigh, x.xor(x.get(resultHigh), x.and(nowHigh, mask)));
    x.set(high, x.or(x.shl(nowHigh, 1), x.shr(nowLow, 63)));
    x.set(low, x.shl(nowLow, 1));
    const after = x.shr(nowRest, 1);
    x.set(rest, after);
    return x.nez(after);
  });
  return x.insert(x.lowest(x.get(resultLow)), 1, x.get(resultHigh));
};

const withKey =
  (round: (x: X, a: Val) => Val): Make =>
  (x, state, key) =>
    xor(x, round(x, state), key);

export const cipher: readonly Op[] = [
  mapping('aesimc', row('0F38 DB'), unmixedColumns),
  combining(
    'aesenc',
    row('0F38 DC'),
    withKey((x, a) => mixedColumns(x, encrypted(x, a))),
  ),
  combining('aesenclast', row('0F38 DD'), withKey(encrypted)),
  combining(
    'aesdec',
    row('0F38 DE'),
    withKey((x, a) => unmixedColumns(x, decrypted(x, a))),
  ),
  combining('aesdeclast', row('0F38 DF'), withKey(decrypted)),
  combiningBy('pclmulqdq', ['66 0F3A 44 /r ib | Vx, Wx, Ib'], carryless),
  combiningBy('aeskeygenassist', ['66 0F3A DF /r ib | Vx, Wx, Ib'], (x, _a, b, immediate) => keyWords(x, b, immediate)),
];
