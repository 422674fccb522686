/** Moves to and from MMX registers, and the end of their use. */
import { State } from '../../runtime/state.ts';
import type { Val } from '../../stage/index.ts';
import { type Op, op } from '../op.ts';
import { choose, page } from '../vector/rows.ts';
import type { X } from '../vocabulary.ts';
import { begin } from './begin.ts';

const fitted = (x: X, value: Val, w: number): Val => (w === 128 ? x.lowest(value) : x.zext(value, w));

const moving = (name: Op['name'], sdm: string, rows: readonly string[]): Op =>
  op({
    ...{ name, sdm: page(sdm), rows },
    run(x, destination, source) {
      begin(x);
      destination.set(fitted(x, source.get(), destination.w));
    },
  });

/** Bytes whose mask has its highest bit set; all of them may have to be writable. */
const masked = op({
  name: 'maskmovq',
  sdm: page('MASKMOVQ'),
  rows: ['NP 0F F7 /r | Pq, Nq'],
  run(x, source, mask) {
    begin(x);
    const isStored = x.lanes('i8x16.shr_s', x.lowest(mask.get()), x.known(32, 7));
    const bytes = x.lowest(source.get());
    x.rewrite('named', x.register('di', x.addressSize).get(), 64, (old) => x.extract(choose(x, isStored, bytes, x.lowest(old)), 64, 0));
  },
});

const emms = op({
  name: 'emms',
  sdm: page('EMMS'),
  rows: ['NP 0F 77'],
  run(x) {
    begin(x, true);
    x.setState(State.x87Full, x.known(8, 0));
  },
});

export const mmxMove: readonly Op[] = [
  moving((_form, size) => (size === 64 ? 'movq' : 'movd'), 'MOVD', ['NP 0F 6E /r | Pq, Ey', 'NP 0F 7E /r | Ey, Py']),
  moving('movq', 'MOVQ', ['NP 0F 6F /r | Pq, Qq', 'NP 0F 7F /r | Qq, Pq']),
  moving('movq2dq', 'MOVQ2DQ', ['F3 0F D6 /r | Vdq, Nq']),
  moving('movdq2q', 'MOVDQ2Q', ['F2 0F D6 /r | Pq, Uq']),
  moving('movntq', 'MOVNTQ', ['NP 0F E7 /r | Mq, Pq']),
  masked,
  emms,
];
