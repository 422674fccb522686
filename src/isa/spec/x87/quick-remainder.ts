/** Remainders of numbers that one step gives: FPREM as long as the exponents are less than 64 apart. */
import { X87Status } from '../../runtime/state.ts';
import { type Val, wideQuotient } from '../../stage/index.ts';
import { isNormal, isNumber } from './calculation.ts';
import type { Quick, QuickRun } from './quick.ts';

const { c0, c1, c2, c3 } = X87Status;

/** Of the quotient's lowest three bits: SDM Vol. 2A, FPREM. */
const codesOf = ({ x }: Quick, quotient: Val): Val => {
  const low = x.truncate(quotient, 32);
  return [c1, c3, c0]
    .map((code, bit) => x.select(x.bit(low, bit), x.known(32, code), x.known(32, 0)))
    .reduce((all, code) => x.or(all, code));
};

const fprem: QuickRun = (quick, { done }) => {
  const { x } = quick;
  const place = quick.at(0);
  const [a, b] = [quick.read(place), quick.read(quick.at(1))];
  const [left, right] = [a, b].map(({ head }) => x.and(head, x.known(32, 0x7fff))) as [Val, Val]; // There were two.
  const distance = x.sub(left, right);
  const areNumbers = x.and(isNumber(x, a), isNormal(x, b));
  // A lesser dividend stays as it is, and so does 0.
  const isLess = x.ltu(left, right);
  const isNear = x.or(isLess, x.ltu(distance, x.known(32, 64)));
  x.when(x.and(x.and(areNumbers, isNear), x.and(quick.isFull(0), quick.isFull(1))), () => {
    const finish = (quotient: Val): void => {
      quick.done(0, codesOf(quick, quotient), c0 | c1 | c2 | c3);
      done();
    };
    x.when(
      isLess,
      () => finish(x.known(64, 0)),
      () => {
        // The dividend moved up by the distance, in two halves.
        const high = x.shr(x.shr(a.significand, 1), x.sub(x.known(32, 63), distance));
        const { quotient, remainder } = wideQuotient(x, { high, low: x.shl(a.significand, distance) }, b.significand);
        const zeros = x.and(x.truncate(x.clz(remainder), 32), x.known(32, 63));
        const isNothing = x.eqz(remainder);
        x.when(x.or(isNothing, x.ltu(zeros, right)), () => {
          const exponent = x.select(isNothing, x.known(32, 0), x.sub(right, zeros));
          quick.write(place, { significand: x.shl(remainder, zeros), head: x.or(x.and(a.head, x.known(32, 0x8000)), exponent) });
          finish(quotient);
        });
      },
    );
  });
};

export const remainders: Readonly<Record<string, QuickRun>> = { fprem };
