import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecordRoom } from './record-room.ts';

const mib = 1024 ** 2;
const all = { begin: 64, end: 64 + 48 * mib };

test('comes to twice as much where it is asked for, until a third is left for what stays', () => {
  const room = new RecordRoom(all, 100);
  const fill = (): number => {
    let count = 0;
    for (; room.has(mib); count++) room.take(mib);
    return count;
  };
  assert.deepEqual([fill(), room.grow(), fill(), room.grow(), fill(), room.grow(), fill()], [8, true, 8, true, 15, false, 0]);
  room.restart([]);
  assert.equal(fill(), 31);
});

test('what stays is in its last third, and what is forgotten there is taken anew', () => {
  const room = new RecordRoom(all, 0);
  const kept = Array.from({ length: 17 }, () => room.keep(mib));
  const first = all.end - 16 * mib;
  assert.deepEqual([kept[0], kept[15], kept[16]], [first, all.end - mib, undefined]);
  assert.deepEqual([room.isKept(first), room.isKept(first - mib)], [true, false]);
  assert.deepEqual(room.unused, { begin: 64, end: first });
  room.restart([{ begin: first + mib, size: mib }]);
  assert.deepEqual([room.keep(mib), room.keep(mib)], [first, first + 2 * mib]);
});
