import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Homes, Jumps, Layout, State } from '../../isa/index.ts';
import { Circumstances } from './circumstances.ts';
import { JumpCache } from './jumps.ts';

/** The entry of an address below 4 GiB, as handlers find it. */
const placeOf = (low: number): number => Layout.jumps + Jumps.entryBytes * ((low ^ (low >>> 12)) & (Jumps.entries - 1));

test('jumps that were never noted, or are forgotten, lead nowhere', () => {
  const view = new DataView(new ArrayBuffer(Homes.each));
  const cache = new JumpCache(view, 'supervisor');
  const leads = (low: number): boolean => view.getBigUint64(placeOf(low), true) === (BigInt(low) | (1n << 58n));
  const addresses = Array.from({ length: 2 ** 17 }, (_, at) => 3 * at);
  assert.deepEqual(addresses.filter(leads), []);
  for (const low of addresses) {
    cache.note(BigInt(low), 1, 0x1000 + low, low % 2 === 0);
    assert.ok(leads(low));
  }
  cache.forgetLocal();
  assert.ok(addresses.filter(leads).every((low) => low % 2 === 0));
  assert.ok(addresses.some(leads));
  cache.forget();
  assert.deepEqual(addresses.filter(leads), []);
});

test('a jump is known in its own circumstances alone', () => {
  const view = new DataView(new ArrayBuffer(Homes.each));
  const cache = new JumpCache(view, 'user');
  const circumstances = new Circumstances(view, () => cache.forget());
  const leads = (): boolean =>
    (view.getBigUint64(placeOf(0x1005) + Jumps.userOffset, true) ^ view.getBigUint64(State.circumstance, true)) === 0x1005n;
  const vectors = { vectors: 'allowed', wide: 'none' } as const;
  const enter = (base: bigint): void => circumstances.enter({ code: 16, stack: 16, isFlat: false, ...vectors }, base, 0xffff);
  enter(0xf0000n);
  cache.note(0x1005n, circumstances.number, 0x40_0000, false);
  assert.ok(leads());
  circumstances.enter({ code: 32, stack: 32, isFlat: true, ...vectors }, 0xf0000n, 0xffff);
  assert.ok(!leads());
  enter(0xf0000n);
  assert.ok(leads());
  for (let segment = 1n; segment < 31n; segment++) enter(segment << 4n);
  enter(0xf0000n);
  assert.ok(leads());
  // The next has no number left: all begin anew.
  enter(0x700n);
  enter(0xf0000n);
  assert.ok(!leads());
});
