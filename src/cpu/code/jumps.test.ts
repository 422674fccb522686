import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Homes, Jumps, Layout } from '../../isa/index.ts';
import { JumpCache } from './jumps.ts';

/** The entry of an address below 4 GiB, as handlers find it. */
const placeOf = (low: number): number => Layout.jumps + Jumps.entryBytes * ((low ^ (low >>> 12)) & (Jumps.entries - 1));

test('jumps that were never noted, or are forgotten, lead nowhere', () => {
  const view = new DataView(new ArrayBuffer(Homes.each));
  const cache = new JumpCache(view, 'supervisor');
  const leads = (low: number): boolean => view.getBigUint64(placeOf(low), true) === BigInt(low);
  const addresses = Array.from({ length: 2 ** 17 }, (_, at) => 3 * at);
  assert.deepEqual(addresses.filter(leads), []);
  for (const low of addresses) {
    cache.note(BigInt(low), 0x1000 + low, low % 2 === 0);
    assert.ok(leads(low));
  }
  cache.forgetLocal();
  assert.ok(addresses.filter(leads).every((low) => low % 2 === 0));
  assert.ok(addresses.some(leads));
  cache.forget();
  assert.deepEqual(addresses.filter(leads), []);
});
