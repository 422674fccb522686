/** What of a computer's time the host took. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant } from '../../machine/index.ts';
import { Stolen } from './stolen.ts';

test('is what it waited for the host and its guest saw pass', () => {
  let waited = 50n;
  const time = { now: () => instant(0n), lost: 20n };
  using stolen = new Stolen({ read: () => waited, [Symbol.dispose]: () => {} }, time);
  assert.equal(stolen.all(), 0n);
  waited += 2_000_000n;
  assert.equal(stolen.all(), 2_000_000n);
  waited += 50_000_000n;
  time.lost += 48_000_000n;
  assert.equal(stolen.all(), 4_000_000n);
  // It stood still for something else.
  time.lost += 9_000_000n;
  assert.equal(stolen.all(), 4_000_000n);
  waited += 1n;
  assert.equal(stolen.all(), 4_000_001n);
});
