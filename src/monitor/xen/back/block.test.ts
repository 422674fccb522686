import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { MemoryDisk } from '../../../devices/stage/index.ts';
import { DiskFront, diskPath } from '../stage/disk-front.ts';
import { Guest } from '../stage/guest.ts';
import { Op, Outcome } from './block-layout.ts';

const page = 4096;
const back = '/local/domain/0/backend/vbd/1/51712';

const begun = (disk = new MemoryDisk(0x2_0000).number()) => {
  const guest = new Guest({ disks: [disk] });
  guest.begin();
  return { disk, guest, front: new DiskFront(guest) };
};

/** Reads from sector 60 on by the first request, whose segments are in a page that is lent under 30. What it did, and what became of it. */
const indirect = (guest: Guest, front: DiskFront, count: number): readonly number[] => {
  front.putIndirect({ operation: Op.read, sector: 60n }, count, 30);
  guest.notify(front.port);
  const at = 0x20 * page + 64;
  return [guest.memory.view.getUint8(at + 8), guest.memory.view.getInt16(at + 10, true)];
};

suite('a disk of Xen’s', () => {
  test('both ends find each other, and the guest is told how large it is', () => {
    const { guest } = begun();
    const read = (name: string): string => guest.asked(2, `${back}/${name}\0`);
    assert.deepEqual([read('state'), read('sectors'), read('sector-size'), read('info')], ['4', '256', '512', '0']);
    assert.deepEqual(
      [read('feature-flush-cache'), read('feature-max-indirect-segments'), read('feature-discard')],
      ['1', '256', 'ENOENT\0'],
    );
  });

  test('sectors are read into pages that are lent, and written from them', () => {
    const { guest, front, disk } = begun();
    guest.lend(20, 0x40);
    guest.lend(21, 0x41);
    const segments = [
      [20, 7, 7],
      [21, 0, 3],
    ] as const;
    assert.equal(front.ask({ operation: Op.read, sector: 100n, segments }), Outcome.okay);
    const { view, bytes } = guest.memory;
    assert.deepEqual([view.getUint32(0x40 * page + 7 * 512, true), view.getUint32(0x41 * page + 3 * 512, true)], [100, 104]);
    bytes.fill(0x5a, 0x41 * page, 0x42 * page);
    assert.equal(front.ask({ operation: Op.write, sector: 3n, segments: [[21, 2, 4]] }), Outcome.okay);
    assert.deepEqual([disk.bytes[3 * 512], disk.bytes[6 * 512 - 1], disk.bytes[6 * 512]], [0x5a, 0x5a, 6]);
    assert.equal(front.ask({ operation: Op.flush, sector: 0n, segments: [] }), Outcome.okay);
    assert.equal(disk.flushes, 1);
  });

  test('segments in pages of their own are found there', () => {
    const { guest, front } = begun();
    guest.lend(20, 0x40);
    guest.lend(30, 0x50);
    const { view } = guest.memory;
    for (let index = 0; index < 40; index++) {
      view.setUint32(0x50 * page + 8 * index, 20, true);
      view.setUint8(0x50 * page + 8 * index + 5, 0);
    }
    assert.deepEqual([...indirect(guest, front, 40), view.getUint32(0x40 * page, true)], [Op.read, Outcome.okay, 99]);
  });

  test('of a large request the guest is told a while later, also where it was saved meanwhile; pages beside one another are read at once', () => {
    const { guest, front } = begun();
    const { view } = guest.memory;
    guest.lend(30, 0x30);
    for (let index = 0; index < 16; index++) {
      guest.lend(40 + index, 0x40 + index);
      view.setUint32(0x30 * page + 8 * index, 40 + index, true);
      view.setUint8(0x30 * page + 8 * index + 5, 7);
    }
    guest.interrupts.length = 0;
    assert.deepEqual(indirect(guest, front, 16), [Op.read, Outcome.okay]);
    assert.deepEqual([view.getUint32(0x40 * page, true), view.getUint32(0x50 * page - 512, true)], [60, 60 + 127]);
    assert.deepEqual(guest.interrupts, []);
    const device = guest.xen.all.get('Xen disk 0');
    device?.load(device.save());
    guest.advance(guest.time.now);
    assert.deepEqual(guest.interrupts, [0xf3]);
    guest.advance(guest.time.now + 1_000_000n);
    assert.deepEqual(guest.interrupts, [0xf3]);
  });

  test('what can’t be is an error: beyond the end, no such segment, nothing lent, lent to be read, a bad sector, an unknown request', () => {
    const { guest, front, disk } = begun();
    guest.lend(20, 0x40);
    guest.lend(21, 0x41, 5);
    guest.lend(22, 0xff_ffff);
    const outcome = (operation: number, sector: bigint, ...segments: [number, number, number][]) =>
      front.ask({ operation, sector, segments });
    for (const [sector, segment] of [
      [250n, [20, 0, 7]],
      [2n ** 63n, [20, 0, 0]],
      [0n, [20, 3, 2]],
      [0n, [20, 0, 8]],
      [0n, [99, 0, 0]],
      [0n, [70_000, 0, 0]],
      [0n, [21, 0, 0]],
      [0n, [22, 0, 0]],
    ] as const)
      assert.equal(outcome(Op.read, sector, [...segment]), Outcome.error, `${sector} ${segment}`);
    assert.equal(outcome(Op.write, 0n, [21, 0, 0]), Outcome.okay);
    assert.equal(outcome(Op.read, 0n), Outcome.error);
    disk.bad.add(5);
    assert.equal(outcome(Op.read, 5n, [20, 0, 0]), Outcome.error);
    assert.equal(outcome(9, 0n), Outcome.unsupported);
    assert.equal(outcome(Op.discard, 0n), Outcome.unsupported);
    assert.deepEqual(guest.complaints, []);
  });

  test('a disk that can’t be written isn’t, and says so', () => {
    const { guest, front } = begun(new MemoryDisk(0x2_0000, true));
    guest.lend(20, 0x40);
    assert.equal(guest.asked(2, `${back}/info\0`), '4');
    assert.equal(front.ask({ operation: Op.write, sector: 0n, segments: [[20, 0, 0]] }), Outcome.error);
  });

  test('a ring whose indices lie stands still with a word, and begins anew with its guest', () => {
    const { guest, front } = begun();
    front.lie(1000);
    assert.deepEqual(guest.complaints, ['vbd 51712 stands still: its ring has indices that can’t be']);
    assert.equal(front.ask({ operation: Op.flush, sector: 0n, segments: [] }), undefined);
    assert.equal(guest.asked(2, `${back}/state\0`), '6');
    guest.tell(`${diskPath}/state`, 1);
    guest.lend(20, 0x40);
    assert.equal(new DiskFront(guest).ask({ operation: Op.read, sector: 1n, segments: [[20, 0, 0]] }), Outcome.okay);
  });

  test('a page of the ring shows that it is held, and is let go of when the guest closes', () => {
    const { guest } = begun();
    const flags = () => guest.memory.view.getUint16(0x11 * page + 8 * 8, true);
    assert.equal(flags(), 0x19);
    guest.tell(`${diskPath}/state`, 5);
    guest.tell(`${diskPath}/state`, 6);
    assert.deepEqual([flags(), guest.asked(2, `${back}/state\0`)], [1, '6']);
  });

  test('an end without a channel, a page or a protocol isn’t connected', () => {
    for (const [name, value] of [
      ['event-channel', '77'],
      ['ring-ref', '999'],
      ['ring-ref', 'x'],
      ['protocol', 'other'],
    ] as const) {
      const guest = new Guest({ disks: [new MemoryDisk(512)] });
      guest.begin();
      guest.lend(8, 0x20);
      for (const [key, usual] of Object.entries({ 'ring-ref': '8', 'event-channel': String(guest.offer()), protocol: 'x86_64-abi' }))
        guest.tell(`${diskPath}/${key}`, key === name ? value : usual);
      guest.tell(`${diskPath}/state`, 3);
      assert.equal(guest.asked(2, `${back}/state\0`), '2', name);
      assert.match(guest.complaints.join(), /^vbd 51712 isn’t connected: /);
    }
  });
});
