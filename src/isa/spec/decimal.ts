/** Decimal digits, of which AF and CF carry: SDM Vol. 1, 7.3.4. None of them is in 64-bit mode. */
import type { Val } from '../stage/index.ts';
import { sum } from './carries.ts';
import { type Op, op } from './op.ts';
import type { X } from './vocabulary.ts';

/** Whether a digit has to be adjusted. */
const isOff = (x: X, al: Val): Val => x.or(x.ltu(x.known(4, 9), x.truncate(al, 4)), x.flag('a'));
const where = (x: X, claim: Val, by: Val): Val => x.select(claim, by, x.known(by.w, 0));
/** Undefined, OF is that of the sum or difference with the adjustment. */
const overflowOf = (x: X, isSum: boolean, a: Val, b: Val, r: Val): Val => x.msb(x.and(x.xor(a, r), isSum ? x.xor(b, r) : x.xor(a, b)));

/** Two digits of a byte. */
const packed = (name: string, opcode: string, isSum: boolean): Op =>
  op({
    ...{ name, sdm: `Vol. 2A, ${name.toUpperCase()}`, rows: [`${opcode} | | i64`], undefinedFlags: 'o' },
    run(x) {
      const register = x.register('ax', 8);
      const al = register.get();
      const a = isOff(x, al);
      const isHigh = x.or(x.ltu(x.known(8, 0x99), al), x.flag('c'));
      const by = x.add(where(x, a, x.known(8, 6)), where(x, isHigh, x.known(8, 0x60)));
      const result = isSum ? x.add(al, by) : x.sub(al, by);
      const c = isSum ? isHigh : x.or(isHigh, x.and(a, x.ltu(al, x.known(8, 6))));
      register.set(result);
      x.flags({ result, a: () => a, c: () => c, o: () => overflowOf(x, isSum, al, by, result) });
    },
  });

export const daa = packed('daa', '27', true);
export const das = packed('das', '2F', false);

/** One digit, which carries into AH. */
const unpacked = (name: string, opcode: string, isSum: boolean): Op =>
  op({
    ...{ name, sdm: `Vol. 2A, ${name.toUpperCase()}`, rows: [`${opcode} | | i64`], undefinedFlags: 'oszp' },
    run(x) {
      const register = x.register('ax', 16);
      const ax = register.get();
      const a = isOff(x, x.truncate(ax, 8));
      const by = where(x, a, x.known(16, 0x106));
      const adjusted = isSum ? x.add(ax, by) : x.sub(ax, by);
      register.set(x.and(adjusted, x.known(16, 0xff0f)));
      // Undefined but for AF and CF: those of the sum or difference of 16 bits.
      x.flags({ result: adjusted, a: () => a, c: () => a, o: () => overflowOf(x, isSum, ax, by, adjusted) });
    },
  });

export const aaa = unpacked('aaa', '37', true);
export const aas = unpacked('aas', '3F', false);

/** Undefined, OF, AF and CF are clear on AMD's processors. */
export const aam = op({
  ...{ name: 'aam', sdm: 'Vol. 2A, AAM', rows: ['D4 ib | Ib | i64'], undefinedFlags: 'oac' },
  run(x, radix) {
    const register = x.register('ax', 8);
    const [al, by] = [register.get(), radix.get()];
    x.require(x.nez(by), 'de');
    const result = x.remu(al, by);
    register.set(result);
    x.ah.set(x.divu(al, by));
    x.flags({ result, o: () => x.known(1, 0), a: () => x.known(1, 0), c: () => x.known(1, 0) });
  },
});

/** Undefined, OF, AF and CF are those of the sum. */
export const aad = op({
  ...{ name: 'aad', sdm: 'Vol. 2A, AAD', rows: ['D5 ib | Ib | i64'], undefinedFlags: 'oac' },
  run(x, radix) {
    const [al, tens] = [x.register('ax', 8).get(), x.mul(x.ah.get(), radix.get())];
    const result = x.add(al, tens);
    x.register('ax', 16).set(x.zext(result, 16));
    x.flags(sum(x, al, tens, result));
  },
});

export const decimal: readonly Op[] = [daa, das, aaa, aas, aam, aad];
