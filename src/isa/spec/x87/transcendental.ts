/** x87 sines, arcs, powers and logarithms. */
import { X87Status } from '../../runtime/state.ts';
import { type Op, op } from '../op.ts';
import { perform, usual } from './begin.ts';

/** One unit in the last place, of 64 bits: SDM Vol. 1, 8.3.10. Which way a result was rounded depends on it. */
const near = { relativeError: 2 ** -63, unlikeStatus: X87Status.c1 };

const rows = [
  ['f2xm1', 'F0'],
  ['fyl2x', 'F1'],
  ['fptan', 'F2'],
  ['fpatan', 'F3'],
  ['fyl2xp1', 'F9'],
  ['fsincos', 'FB'],
  ['fsin', 'FE'],
  ['fcos', 'FF'],
] as const;

export const x87Transcendental: readonly Op[] = rows.map(([name, second]) =>
  op({
    ...{ name, sdm: `Vol. 2A, ${name.toUpperCase()}`, rows: [`D9 ${second}`], ...near },
    run: (x) => perform(x, name, usual),
  }),
);
