import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Call, Errno } from './numbers.ts';
import { spareCount } from './places.ts';
import { Guest } from './stage/guest.ts';

/** Shared page 0, or a frame of grants, at a frame of the guest's. */
const place = (guest: Guest, space: number, index: number, frame: bigint): number =>
  guest.callWith(Call.memory, 7, [0x7ff0, 2], [0, 2], [space, 4], [index, 8], [frame, 8]);
const [above, below] = [0x10_0000n, 0xf_0000n];

test('pages of Xen’s lie where the guest has no memory, if nothing else is there, until it has enough of them', () => {
  const guest = new Guest();
  assert.equal(place(guest, 0, 0, above), 0);
  const wall = new DataView(guest.memory.spare[0]?.buffer ?? new ArrayBuffer(0));
  assert.equal(wall.getUint32(3076, true), 1_700_000_000);
  assert.deepEqual(
    [place(guest, 1, 0, below), place(guest, 1, 0, 2n ** 50n), place(guest, 3, 0, above)],
    [-Errno.invalid, -Errno.invalid, -Errno.noCall],
  );
  for (let index = 0; index < spareCount - 1; index++) assert.equal(place(guest, 1, index, above + 1n + BigInt(index)), 0);
  assert.equal(place(guest, 1, 40, above + 100n), -Errno.invalid);
  assert.equal(guest.callWith(Call.memory, 15, [0x7ff0, 8], [above + 1n, 8]), 0);
  assert.equal(place(guest, 1, 40, above + 100n), 0);
});

test('they lie there again where it is restored, and nowhere once it is reset', () => {
  const guest = new Guest();
  place(guest, 0, 0, above);
  place(guest, 1, 0, above + 5n);
  const spare = guest.xen.all.get('Xen pages');
  const saved = spare?.save() ?? new Uint8Array();
  const at = Number(above + 5n) * 4096;
  spare?.reset('bus');
  assert.equal(guest.memory.hasSpare(at, 4096), false);
  spare?.load(saved);
  assert.equal(guest.memory.hasSpare(at, 4096), true);
});
