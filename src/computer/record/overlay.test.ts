import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { MemoryDisk } from '../../devices/stage/memory-disk.ts';
import { Overlay } from './overlay.ts';

const sector = 512;
const of = (byte: number, sectors = 1): Uint8Array => new Uint8Array(sectors * sector).fill(byte);

suite('a disk whose image stays', () => {
  test('has what was written, wherever pieces begin and end, and what was there beside it', () => {
    // Its last piece is not whole.
    const base = new MemoryDisk(21 * sector).number();
    const before = base.bytes.slice();
    const expected = base.bytes.slice();
    const overlay = new Overlay(base, (_, work) => work());
    for (const [at, sectors, byte] of [
      [7, 3, 1],
      [0, 1, 2],
      [8, 8, 3],
      [20, 1, 4],
    ] as const) {
      assert.ok(overlay.write(at * sector, of(byte, sectors)));
      expected.fill(byte, at * sector, (at + sectors) * sector);
    }
    const all = new Uint8Array(base.sizeBytes);
    assert.ok(overlay.read(0, all));
    assert.deepEqual(all, expected);
    const some = of(0, 4);
    assert.ok(overlay.read(6 * sector, some));
    assert.deepEqual(some, expected.slice(6 * sector, 10 * sector));
    assert.deepEqual(base.bytes, before);
  });

  test('fails where its image does, with the number of the call', () => {
    const base = new MemoryDisk(16 * sector);
    base.bad.add(9);
    const failed: number[] = [];
    const overlay = new Overlay(base, (call, work) => {
      const isThrough = work();
      if (!isThrough) failed.push(call);
      return isThrough;
    });
    assert.ok(overlay.read(0, of(0)));
    assert.equal(overlay.read(9 * sector, of(0)), false);
    assert.equal(overlay.write(8 * sector, of(1)), false);
    assert.ok(overlay.write(8 * sector, of(1, 8)));
    assert.deepEqual(failed, [1, 2]);
  });

  test('isn’t written where its image can’t be', () => {
    const overlay = new Overlay(new MemoryDisk(sector, true), (_, work) => work());
    assert.deepEqual([overlay.isReadOnly, overlay.write(0, of(1)), overlay.flush()], [true, false, true]);
  });
});
