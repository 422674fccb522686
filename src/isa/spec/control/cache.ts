/** What forgets translations and caches. */
import { State } from '../../runtime/state.ts';
import type { Val } from '../../stage/index.ts';
import { type Op, type Operand, op } from '../op.ts';
import type { X } from '../vocabulary.ts';

/** The address may be one where nothing is. */
const invlpg = op({
  name: 'invlpg',
  sdm: 'Vol. 2A, INVLPG',
  rows: ['0F 01 /7 | Mb'],
  run(x, place) {
    const linear = x.linear('named', place.address(), 1, 'read');
    const isForgotten = x.either(
      x.and(x.eqz(x.state(State.cpl, 32)), x.eqz(x.state(State.shadowed, 32))),
      () => x.binding.forgetPage(linear),
      () => x.known(1, 0),
    );
    x.when(x.not(isForgotten), () => x.service('forgetPage', linear));
    x.heed(isForgotten);
  },
});

const invpcid = op({
  name: 'invpcid',
  sdm: 'Vol. 2A, INVPCID',
  feature: 'invpcid',
  rows: ['66 0F38 82 /r | Gy, Mdq | f64'],
  run(x, type, descriptor) {
    const [pcid, address] = wordsOf(x, descriptor);
    x.service('forgetContext', x.zext(type.get(), 64), pcid, address);
    x.resume();
  },
});

const wordsOf = (x: X, place: Operand): readonly [Val, Val] => {
  const at = place.address();
  return [x.read('named', at, 64), x.read('named', x.add(at, x.known(at.w, 8)), 64)];
};

/** There is no cache that could hold what memory has not. */
const emptying = (name: string, sdm: string, row: string, feature?: 'wbnoinvd'): Op =>
  op({
    ...{ name, sdm, rows: [row], ...(feature !== undefined && { feature }) },
    run: (x) => x.requirePrivilege(),
  });

const invd = emptying('invd', 'Vol. 2A, INVD', '0F 08');
const wbinvd = emptying('wbinvd', 'Vol. 2D, WBINVD', '0F 09');
const wbnoinvd = emptying('wbnoinvd', 'Vol. 2D, WBNOINVD', 'F3 0F 09', 'wbnoinvd');

export const cache: readonly Op[] = [invlpg, invpcid, invd, wbinvd, wbnoinvd];
