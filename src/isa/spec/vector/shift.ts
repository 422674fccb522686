/** Shifts of lanes, by a vector's lower half or by an immediate, and of whole vectors by bytes. */
import type { Val } from '../../stage/index.ts';
import { type Op, op } from '../op.ts';
import type { X } from '../vocabulary.ts';
import { numbers, page, threeOf } from './rows.ts';

type Direction = 'shl' | 'shr_u' | 'shr_s';

/** By its width or more: 0, or all copies of the sign. */
const shifted = (x: X, a: Val, count: Val, w: number, direction: Direction): Val => {
  const fits = x.ltu(count, x.known(64, w));
  const by = x.truncate(count, 32);
  const operator = `i${w}x${128 / w}.${direction}`;
  if (direction === 'shr_s') return x.lanes(operator, a, x.select(fits, by, x.known(32, w - 1)));
  return x.select(fits, x.lanes(operator, a, by), x.known(128, 0));
};

const shifting = (name: string, w: number, direction: Direction, byVector: string, byImmediate: string, pageName: string): Op =>
  op({
    ...{ name, sdm: page(pageName), isCombining: true },
    rows: [`66 0F ${byVector} /r | Vx, Wdq`, `66 0F ${byImmediate} ib | Ux, Ib`],
    run(x, ...operands) {
      const [destination, first, second] = threeOf(operands);
      const by = second.get();
      const count = by.w === 128 ? x.extract(by, 64, 0) : x.zext(by, 64);
      destination.set(shifted(x, first.get(), count, w, direction));
    },
  });

/** 16 and more clear it all. */
const shiftingBytes = (name: string, digit: number, isUp: boolean): Op =>
  op({
    ...{ name, sdm: page(name), isCombining: true },
    rows: [`66 0F 73 /${digit} ib | Ux, Ib`],
    run(x, ...operands) {
      const [destination, first, second] = threeOf(operands);
      const by = second.get();
      const bytes = x.splat(x.select(x.ltu(by, x.known(8, 16)), by, x.known(8, 16)));
      const from = x.lanes(isUp ? 'i8x16.sub' : 'i8x16.add', numbers(x, 8), bytes);
      destination.set(x.lanes('i8x16.swizzle', first.get(), from));
    },
  });

export const shift: readonly Op[] = [
  shifting('psrlw', 16, 'shr_u', 'D1', '71 /2', 'PSRLW'),
  shifting('psrld', 32, 'shr_u', 'D2', '72 /2', 'PSRLW'),
  shifting('psrlq', 64, 'shr_u', 'D3', '73 /2', 'PSRLW'),
  shifting('psraw', 16, 'shr_s', 'E1', '71 /4', 'PSRAW'),
  shifting('psrad', 32, 'shr_s', 'E2', '72 /4', 'PSRAW'),
  shifting('psllw', 16, 'shl', 'F1', '71 /6', 'PSLLW'),
  shifting('pslld', 32, 'shl', 'F2', '72 /6', 'PSLLW'),
  shifting('psllq', 64, 'shl', 'F3', '73 /6', 'PSLLW'),
  shiftingBytes('psrldq', 3, false),
  shiftingBytes('pslldq', 7, true),
];
