import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shiftAcl } from './shift.ts';

/** Tag, permissions and id of each entry. */
const acl = (...entries: readonly (readonly [tag: number, permissions: number, id: number])[]): Uint8Array => {
  const view = new DataView(new ArrayBuffer(4 + 8 * entries.length));
  view.setUint32(0, 2, true);
  for (const [index, [tag, permissions, id]] of entries.entries()) {
    view.setUint16(4 + 8 * index, tag, true);
    view.setUint16(6 + 8 * index, permissions, true);
    view.setUint32(8 + 8 * index, id, true);
  }
  return new Uint8Array(view.buffer);
};
const nobody = 0xffff_ffff;

test('an access control list goes along with the owners: its users and groups are those of the copy', () => {
  const own = [[0x01, 7, nobody] as const, [0x04, 5, nobody] as const, [0x10, 5, nobody] as const, [0x20, 0, nobody] as const];
  const [before, after] = [4, 1_000_004].map((group) => acl(...own, [0x02, 6, group - 4], [0x08, 5, group]));
  assert.deepEqual(shiftAcl(before as Uint8Array, 1_000_000), after);
  assert.deepEqual(shiftAcl(after as Uint8Array, -1_000_000), before);
});
