/** Instructions about flags themselves. PUSHF and POPF are with the stack. */
import { Eflags } from '../runtime/state.ts';
import type { Val } from '../stage/index.ts';
import { change, image, taken } from './eflags.ts';
import { type FlagUpdate, type Op, op } from './op.ts';
import type { X } from './vocabulary.ts';

const changing = (name: string, sdm: string, row: string, run: (x: X) => void): Op => op({ ...{ name, sdm, rows: [row] }, run });
const carry = (make: (x: X) => Val) => (x: X) => x.flags({ c: () => make(x) } satisfies FlagUpdate);

export const cmc = changing(
  'cmc',
  'Vol. 2A, CMC',
  'F5',
  carry((x) => x.not(x.flag('c'))),
);
export const clc = changing(
  'clc',
  'Vol. 2A, CLC',
  'F8',
  carry((x) => x.known(1, 0)),
);
export const stc = changing(
  'stc',
  'Vol. 2B, STC',
  'F9',
  carry((x) => x.known(1, 1)),
);
export const cld = changing('cld', 'Vol. 2A, CLD', 'FC', (x) => change(x, (flags) => x.and(flags, x.known(32, ~Eflags.df))));
export const std = changing('std', 'Vol. 2B, STD', 'FD', (x) => change(x, (flags) => x.or(flags, x.known(32, Eflags.df))));

export const sahf = changing('sahf', 'Vol. 2B, SAHF', '9E', (x) => x.flags(taken(x, x.ah.get(), ['s', 'z', 'a', 'p', 'c'])));
export const lahf = changing('lahf', 'Vol. 2A, LAHF', '9F', (x) => x.ah.set(x.truncate(image(x), 8)));

/** Not in Intel's manual but for the opcode map; AMD64 APM Vol. 3, table A-1. */
export const salc = changing('salc', 'Vol. 2D, table A-2', 'D6 | | i64', (x) => x.register('ax', 8).set(x.sext(x.flag('c'), 8)));

export const flag: readonly Op[] = [cmc, clc, stc, cld, std, sahf, lahf, salc];
