/** Exchanges: read and written at one place, and so what locks are made of. */
import type { Val } from '../stage/index.ts';
import { difference, sum } from './carries.ts';
import { type Op, op } from './op.ts';
import type { X } from './vocabulary.ts';

/** With memory it is locked with or without the prefix. */
export const xchg = op({
  name: 'xchg',
  sdm: 'Vol. 2D, XCHG',
  rows: ['86 /r | Eb, Gb | lock', '87 /r | Ev, Gv | lock', '90+r | Zv, rAX'],
  run(_x, destination, source) {
    const [old] = destination.update(() => source.get());
    source.set(old);
  },
});

export const xadd = op({
  name: 'xadd',
  sdm: 'Vol. 2D, XADD',
  rows: ['0F C0 /r | Eb, Gb | lock', '0F C1 /r | Ev, Gv | lock'],
  run(x, destination, source) {
    const b = source.get();
    const [a, r] = destination.update((old) => {
      // The sum stays where both are one register.
      source.set(old);
      return x.add(old, b);
    });
    x.flags(sum(x, a, b, r));
  },
});

/** Memory is written in any case, a register where the comparison succeeds: there its upper half stays otherwise. */
export const cmpxchg = op({
  name: 'cmpxchg',
  sdm: 'Vol. 2A, CMPXCHG',
  rows: ['0F B0 /r | Eb, Gb | lock', '0F B1 /r | Ev, Gv | lock'],
  run(x, destination, source) {
    const accumulator = x.register('ax', destination.w);
    const [a, b] = [accumulator.get(), source.get()];
    const old = x.isMemory ? destination.update((one) => x.select(x.eq(a, one), b, one))[0] : destination.get();
    const isEqual = x.eq(a, old);
    if (!x.isMemory) x.only(isEqual, () => destination.set(b));
    x.only(x.not(isEqual), () => accumulator.set(old));
    x.flags(difference(x, a, old, x.sub(a, old)));
  },
});

export const cmpxchg8b = op({
  name: 'cmpxchg8b',
  feature: 'cx8',
  sdm: 'Vol. 2A, CMPXCHG8B/CMPXCHG16B',
  rows: ['0F C7 /1 | Mq | lock w0'],
  run(x, place) {
    const pair = (high: 'dx' | 'cx', low: 'ax' | 'bx'): Val =>
      x.or(x.shl(x.zext(x.register(high, 32).get(), 64), 32), x.zext(x.register(low, 32).get(), 64));
    const [compared, wanted] = [pair('dx', 'ax'), pair('cx', 'bx')];
    const [old] = place.update((one) => x.select(x.eq(compared, one), wanted, one));
    compareTo(x, x.eq(compared, old), x.truncate(old, 32), x.slice(old, 32, 32));
  },
});

/** ZF tells whether it was equal; where it wasn't, rDX:rAX get what was found. */
const compareTo = (x: X, isEqual: Val, low: Val, high: Val): void => {
  x.only(x.not(isEqual), () => {
    x.register('ax', low.w).set(low);
    x.register('dx', high.w).set(high);
  });
  x.flags({ z: () => isEqual });
};

/** Its operand stands at a multiple of 16, else #GP. */
export const cmpxchg16b = op({
  name: 'cmpxchg16b',
  feature: 'cx16',
  sdm: 'Vol. 2A, CMPXCHG8B/CMPXCHG16B',
  rows: ['0F C7 /1 | Mdq | o64 lock w1'],
  run(x, place) {
    const segment = x.binding.segment();
    const offset = place.address();
    x.require(x.eqz(x.truncate(offset, 4)), 'gp');
    x.probe(segment, offset, 16);
    const upper = x.add(offset, x.known(offset.w, 8));
    const [low, high] = [x.read(segment, offset, 64), x.read(segment, upper, 64)];
    const isEqual = x.and(x.eq(low, x.register('ax', 64).get()), x.eq(high, x.register('dx', 64).get()));
    x.write(segment, offset, x.select(isEqual, x.register('bx', 64).get(), low));
    x.write(segment, upper, x.select(isEqual, x.register('cx', 64).get(), high));
    compareTo(x, isEqual, low, high);
  },
});

export const exchange: readonly Op[] = [xchg, xadd, cmpxchg, cmpxchg8b, cmpxchg16b];
