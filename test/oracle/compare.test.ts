/** What processors leave unlike is allowed for no more than that: what is wrong in another way is found. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bsf } from '../../src/isa/spec/bit.ts';
import { difference } from '../../src/isa/spec/carries.ts';
import type { FlagUpdate, Op } from '../../src/isa/spec/op.ts';
import { advance, cmps } from '../../src/isa/spec/string.ts';
import type { X } from '../../src/isa/spec/vocabulary.ts';
import { compareWithHost } from './compare.ts';
import { Emulated } from './emulated.ts';
import { unasked } from './host.ts';

const skip = unasked();

/** How many of as many runs differ. */
const differing = (op: Op, runs = 200): number => compareWithHost(new Emulated([op]), [op], runs, 1).differing;

/** BSF, but for something. */
const scanning = (more: number, flags: (x: X) => FlagUpdate): Op => ({
  ...bsf,
  run(x, destination, source) {
    const a = source.get();
    const isZero = x.eqz(a);
    destination.set(x.add(x.ctz(a), x.known(a.w, more)), x.not(isZero));
    x.flags({ z: () => isZero, ...flags(x) });
  },
});

const set = (x: X) => x.known(1, 1);

test("BSF's undefined flags are as here or left, all of them in one way; ZF and the result are the host's", { skip }, () => {
  assert.equal(differing(bsf), 0);
  const [asHere, left] = [differing({ ...bsf, unlikeFlags: '' }), differing({ ...scanning(0, () => ({})), unlikeFlags: '' })];
  assert.ok(asHere === 0 || left === 0, 'the host does neither');
  const all = (x: X) => ({ o: () => set(x), s: () => set(x), a: () => set(x), p: () => set(x), c: () => set(x) });
  // One that leaves them can't be asked for more.
  assert.ok(asHere > 0 || differing(scanning(0, all)) > 0);
  assert.ok(differing(scanning(0, (x) => ({ z: () => set(x) }))) > 0);
  assert.ok(differing(scanning(1, () => ({}))) > 0);
});

/** CMPS, whose one operand or other is read first, and of which something else may be compared. */
const comparing = (first: 'left' | 'right', more = 0): Op => ({
  ...cmps,
  run(x, left, right) {
    x.repeated(() => {
      const early = first === 'left' ? left.get() : undefined;
      const b = x.add(right.get(), x.known(right.w, more));
      const a = early ?? left.get();
      x.flags(difference(x, a, b, x.sub(a, b)));
      advance(x, 'si', left);
      advance(x, 'di', right);
    });
  },
});

test('of what CMPS compares either may fault first, and that is all', { skip }, () => {
  for (const first of ['left', 'right'] as const) assert.equal(differing(comparing(first), 3000), 0);
  assert.ok(differing(comparing('right', 1)) > 0);
});
