/** Sums, differences, logic and comparisons of integers. */
import type { Val } from '../stage/index.ts';
import { difference, logical, sum } from './carries.ts';
import { type FlagUpdate, type Op, op } from './op.ts';
import type { X } from './vocabulary.ts';

const hex = (byte: number): string => byte.toString(16).toUpperCase().padStart(2, '0');

/** The rows of an operation of two operands: SDM Vol. 2D, table A-2, columns 0 to 5, and group 1. */
const rowsOf = (base: number, digit: number, lock: 'lock' | '' = 'lock'): readonly string[] => [
  `${hex(base)} /r | Eb, Gb | ${lock}`,
  `${hex(base + 1)} /r | Ev, Gv | ${lock}`,
  `${hex(base + 2)} /r | Gb, Eb`,
  `${hex(base + 3)} /r | Gv, Ev`,
  `${hex(base + 4)} ib | AL, Ib`,
  `${hex(base + 5)} iz | rAX, Iz`,
  `80 /${digit} ib | Eb, Ib | ${lock}`,
  `81 /${digit} iz | Ev, Iz | ${lock}`,
  `82 /${digit} ib | Eb, Ib | i64 ${lock}`,
  `83 /${digit} ib | Ev, Ibs | ${lock}`,
];

type Make = (x: X, a: Val, b: Val) => readonly [result: Val, flags: FlagUpdate];

/** Reads both, writes what is made of them over the first. */
const combining = (name: string, sdm: string, rows: readonly string[], make: Make, undefinedFlags = ''): Op =>
  op({
    ...{ name, sdm, rows, undefinedFlags },
    run(x, destination, source) {
      const b = source.get();
      let flags: FlagUpdate = {};
      destination.update((a) => {
        const [result, update] = make(x, a, b);
        flags = update;
        return result;
      });
      x.flags(flags);
    },
  });

/** Reads both, and only flags tell. */
const comparing = (name: string, sdm: string, rows: readonly string[], make: Make, undefinedFlags = ''): Op =>
  op({
    ...{ name, sdm, rows, undefinedFlags },
    run(x, left, right) {
      const a = left.get();
      const [, flags] = make(x, a, right.get());
      x.flags(flags);
    },
  });

const added: Make = (x, a, b) => {
  const r = x.add(a, b);
  return [r, { ...sum(x, a, b, r), of: { operation: 'sum', a, b } }];
};

const subtracted: Make = (x, a, b) => {
  const r = x.sub(a, b);
  return [r, { ...difference(x, a, b, r), of: { operation: 'difference', a, b } }];
};

const combined =
  (make: (x: X, a: Val, b: Val) => Val): Make =>
  (x, a, b) => {
    const r = make(x, a, b);
    return [r, logical(x, r)];
  };

const [anded, ored, xored] = [combined((x, a, b) => x.and(a, b)), combined((x, a, b) => x.or(a, b)), combined((x, a, b) => x.xor(a, b))];

export const add = combining('add', 'Vol. 2A, ADD', rowsOf(0x00, 0), added);
export const or = combining('or', 'Vol. 2B, OR', rowsOf(0x08, 1), ored, 'a');
export const adc = combining('adc', 'Vol. 2A, ADC', rowsOf(0x10, 2), (x, a, b) => {
  const r = x.add(x.add(a, b), x.zext(x.flag('c'), a.w));
  return [r, sum(x, a, b, r)];
});
export const sbb = combining('sbb', 'Vol. 2B, SBB', rowsOf(0x18, 3), (x, a, b) => {
  const r = x.sub(x.sub(a, b), x.zext(x.flag('c'), a.w));
  return [r, difference(x, a, b, r)];
});
export const and = combining('and', 'Vol. 2A, AND', rowsOf(0x20, 4), anded, 'a');
export const sub = combining('sub', 'Vol. 2B, SUB', rowsOf(0x28, 5), subtracted);
export const xor = combining('xor', 'Vol. 2D, XOR', rowsOf(0x30, 6), xored, 'a');
export const cmp = comparing('cmp', 'Vol. 2A, CMP', rowsOf(0x38, 7, ''), subtracted);

export const test = comparing(
  'test',
  'Vol. 2B, TEST',
  [
    '84 /r | Eb, Gb',
    '85 /r | Ev, Gv',
    'A8 ib | AL, Ib',
    'A9 iz | rAX, Iz',
    ...[0, 1].flatMap((digit) => [`F6 /${digit} ib | Eb, Ib`, `F7 /${digit} iz | Ev, Iz`]),
  ],
  anded,
  'a',
);

/** By one: CF stays. */
const counting = (name: string, sdm: string, rows: readonly string[], make: Make): Op =>
  op({
    ...{ name, sdm, rows },
    run(x, place) {
      let flags: FlagUpdate = {};
      place.update((a) => {
        const [r, update] = make(x, a, x.known(a.w, 1));
        flags = { ...update, c: () => x.flag('c'), keepsCarry: true };
        return r;
      });
      x.flags(flags);
    },
  });

export const inc = counting('inc', 'Vol. 2A, INC', ['40+r | Zv | i64', 'FE /0 | Eb | lock', 'FF /0 | Ev | lock'], added);
export const dec = counting('dec', 'Vol. 2A, DEC', ['48+r | Zv | i64', 'FE /1 | Eb | lock', 'FF /1 | Ev | lock'], subtracted);

export const not = op({
  name: 'not',
  sdm: 'Vol. 2B, NOT',
  rows: ['F6 /2 | Eb | lock', 'F7 /2 | Ev | lock'],
  run(x, place) {
    place.update((a) => x.not(a));
  },
});

export const neg = op({
  name: 'neg',
  sdm: 'Vol. 2B, NEG',
  rows: ['F6 /3 | Eb | lock', 'F7 /3 | Ev | lock'],
  run(x, place) {
    const [a, r] = place.update((old) => x.neg(old));
    x.flags(difference(x, x.known(a.w, 0), a, r));
  },
});

export const arithmetic: readonly Op[] = [add, or, adc, sbb, and, sub, xor, cmp, test, inc, dec, not, neg];
