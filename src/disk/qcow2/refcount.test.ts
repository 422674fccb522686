import assert from 'node:assert/strict';
import { test } from 'node:test';
import { putRefcount, refcountAt, refcountsIn } from './refcount.ts';

test('refcounts of every width are where they were put, and no other one has changed', () => {
  for (let order = 0; order <= 6; order++) {
    const view = new DataView(new ArrayBuffer(64));
    const most = Math.min(2 ** (2 ** order) - 1, Number.MAX_SAFE_INTEGER);
    const inBlock = refcountsIn(64, order);
    for (let index = 0; index < inBlock; index += 3) putRefcount(view, index, order, most);
    for (let index = 0; index < inBlock; index++)
      assert.equal(refcountAt(view, index, order), index % 3 === 0 ? most : 0, `${order} ${index}`);
    for (let index = 0; index < inBlock; index += 3) putRefcount(view, index, order, 0);
    assert.ok(new Uint8Array(view.buffer).every((byte) => byte === 0));
  }
  assert.throws(() => putRefcount(new DataView(new ArrayBuffer(8)), 0, 1, 4), /a refcount of 2 bits would be 4/);
});

test('narrow refcounts begin at the lowest bits of their byte', () => {
  const view = new DataView(new ArrayBuffer(1));
  putRefcount(view, 1, 1, 3);
  assert.equal(view.getUint8(0), 0b1100);
});
