/** Single bits, counts of bits, and sums of them. */
import type { Val } from '../stage/index.ts';
import { type FlagUpdate, needing, type Op, op } from './op.ts';
import type { X } from './vocabulary.ts';

/** Tests a bit, and leaves it, or makes another of the operand and a mask. In memory, an offset in a register reaches as far as it is signed: SDM Vol. 2A, 3.1.1.9. Undefined, OF, SF, AF and PF stay. */
const testing = (name: string, opcode: string, digit: number, make?: (x: X, a: Val, mask: Val) => Val): Op => {
  const lock = make === undefined ? '' : 'lock';
  return op({
    ...{ name, sdm: `Vol. 2A, ${name.toUpperCase()}`, undefinedFlags: 'osap' },
    rows: [`0F ${opcode} /r | Ev, Gv | ${lock}`, `0F BA /${digit} ib | Ev, Ib | ${lock}`],
    run(x, base, offset) {
      const { w } = base;
      const index = offset.get();
      const place = index.w === w ? base.beyond(x.shl(x.sar(index, Math.log2(w)), Math.log2(w / 8))) : base;
      const within = x.and(x.zext(index, w), x.known(w, w - 1));
      const old = make === undefined ? place.get() : place.update((a) => make(x, a, x.shl(x.known(w, 1), within)))[0];
      x.flags({ c: () => x.bit(x.shr(old, within), 0) });
    },
  });
};

export const bt = testing('bt', 'A3', 4);
export const bts = testing('bts', 'AB', 5, (x, a, mask) => x.or(a, mask));
export const btr = testing('btr', 'B3', 6, (x, a, mask) => x.and(a, x.not(mask)));
export const btc = testing('btc', 'BB', 7, (x, a, mask) => x.xor(a, mask));

const lowest = (x: X, a: Val): Val => x.ctz(a);
const highest = (x: X, a: Val): Val => x.sub(x.known(a.w, a.w - 1), x.clz(a));

/** Of 0 the destination stays as it is, all 64 bits of it: what AMD says, and Intel does. Some of AMD's processors clear what is undefined, and have PF of the index; those of family 25, model 1 leave it as it was. */
const scanning = (name: string, opcode: string, find: (x: X, a: Val) => Val): Op =>
  op({
    ...{ name, sdm: `Vol. 2A, ${name.toUpperCase()}`, rows: [`0F ${opcode} /r | Gv, Ev`], undefinedFlags: 'osapc', unlikeFlags: 'osapc' },
    run(x, destination, source) {
      const a = source.get();
      const isZero = x.eqz(a);
      const index = find(x, a);
      const clear = (): Val => x.known(1, 0);
      destination.set(index, x.not(isZero));
      const p = (): Val => x.or(isZero, x.evenParity(index));
      x.flags({ z: () => isZero, p, s: clear, c: clear, o: clear, a: clear });
    },
  });

export const bsf = scanning('bsf', 'BC', lowest);
export const bsr = scanning('bsr', 'BD', highest);

const counting = (
  name: string,
  sdm: string,
  opcode: string,
  undefinedFlags: string,
  make: (x: X, a: Val) => readonly [Val, FlagUpdate],
): Op =>
  op({
    ...{ name, sdm, rows: [`F3 0F ${opcode} /r | Gv, Ev`], undefinedFlags },
    run(x, destination, source) {
      const [result, flags] = make(x, source.get());
      destination.set(result);
      x.flags(flags);
    },
  });

/** Undefined, OF stays on AMD's processors, and SF, AF and PF are clear. */
const zeros = (find: (x: X, a: Val) => Val) => (x: X, a: Val) => {
  const isNone = x.eqz(a);
  const result = x.select(isNone, x.known(a.w, a.w), find(x, a));
  const clear = (): Val => x.known(1, 0);
  return [result, { c: () => isNone, z: () => x.eqz(result), s: clear, a: clear, p: clear }] as const;
};

export const tzcnt = counting(
  'tzcnt',
  'Vol. 2B, TZCNT',
  'BC',
  'osap',
  zeros((x, a) => x.ctz(a)),
);
export const lzcnt = counting(
  'lzcnt',
  'Vol. 2A, LZCNT',
  'BD',
  'osap',
  zeros((x, a) => x.clz(a)),
);
export const popcnt = counting('popcnt', 'Vol. 2B, POPCNT', 'B8', '', (x, a) => {
  const clear = (): Val => x.known(1, 0);
  return [x.popcnt(a), { z: () => x.eqz(a), c: clear, o: clear, s: clear, a: clear, p: clear }];
});

/** CRC-32C, of 0x11EDC6F41 with its bits reversed. */
export const crc32 = op({
  ...{ name: 'crc32', sdm: 'Vol. 2A, CRC32', rows: ['F2 0F38 F0 /r | Gy, Eb', 'F2 0F38 F1 /r | Gy, Ev'] },
  run(x, destination, source) {
    const value = source.get();
    let remainder = x.truncate(destination.get(), 32);
    for (let at = 0; at < value.w; at += 32) {
      const bits = Math.min(32, value.w);
      remainder = divided(x, x.xor(remainder, x.zext(x.slice(value, at, bits), 32)), bits);
    }
    destination.set(x.zext(remainder, destination.w));
  },
});

const divided = (x: X, start: Val, bits: number): Val => {
  const remainder = x.variable(start);
  const left = x.variable(x.known(32, bits));
  x.repeat(() => {
    const old = x.get(remainder);
    x.set(remainder, x.xor(x.shr(old, 1), x.and(x.neg(x.and(old, x.known(32, 1))), x.known(32, 0x82f6_3b78))));
    const rest = x.sub(x.get(left), x.known(32, 1));
    x.set(left, rest);
    return x.nez(rest);
  });
  return x.get(remainder);
};

export const bit: readonly Op[] = [
  ...[bt, bts, btr, btc, bsf, bsr],
  ...needing('bmi1', tzcnt),
  ...needing('abm', lzcnt),
  ...needing('popcnt', popcnt),
  ...needing('sse4_2', crc32),
];
