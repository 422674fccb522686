import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dataAt, VirtioBoard } from '../stage/virtio-board.ts';
import { VirtioBalloon } from './balloon.ts';

const features = [1, 3, 5];
const mib = 1024 ** 2;

const stage = () => {
  const board = new VirtioBoard();
  const released: (readonly [at: number, bytes: number])[] = [];
  let told = 0;
  const device = new VirtioBalloon({
    slot: board.slot,
    released: (at, bytes) => void released.push([at, bytes]),
    lent: () => void told++,
  });
  board.place();
  board.negotiate(features);
  board.message(6);
  return { board, device, released, told: () => told };
};

/** Numbers of pages, as bytes. */
const numbers = (...pages: readonly number[]): number[] => [...new Uint8Array(Uint32Array.from(pages).buffer)];

test('a driver finds all queues, is told how much to lend, and says how much it has', () => {
  const { board, device, told } = stage();
  assert.equal(board.config(0, 4), 0x1045_1af4);
  assert.ok(features.every((bit) => board.features.has(bit)));
  assert.equal(board.get(0x12, 2), 5);
  board.begin();
  device.target = 300;
  assert.deepEqual([board.own(0, 4), board.own(4, 4), board.isr & 2], [300, 0, 2]);
  const { length } = board.messages;
  device.target = 300;
  assert.equal(board.messages.length, length);
  board.set(0x2004, 256, 4);
  assert.deepEqual([device.lent, board.own(4, 4), told()], [256, 256, 1]);
  // The target is the host's alone.
  board.set(0x2000, 7, 4);
  board.set(0x2004, 7, 2);
  assert.deepEqual([device.target, device.lent], [300, 256]);
  board.negotiate(features);
  assert.deepEqual([device.target, device.lent], [300, 0]);
});

test('pages that are lent are released, neighbours at once, and those that are taken back are the guest’s again', () => {
  const { board, released } = stage();
  const [inflate, deflate] = [board.queue(0, 8), board.queue(1, 8)];
  board.begin();
  inflate.send(board.put(dataAt, ...numbers(5, 6, 7, 4, 100, 0xffff_ffff)));
  assert.equal(inflate.take()?.written, 0);
  assert.deepEqual(released.splice(0), [
    [4 * 4096, 4 * 4096],
    [100 * 4096, 4096],
    [0xffff_ffff * 4096, 4096],
  ]);
  deflate.send(board.put(dataAt, ...numbers(5, 6)));
  assert.equal(deflate.take()?.written, 0);
  inflate.send({ at: dataAt, bytes: 3 });
  inflate.take();
  assert.deepEqual(released, []);
});

test('what is reported as unused is released as far as it is whole pages', () => {
  const { board, released } = stage();
  const reporting = board.queue(4, 8);
  board.begin();
  reporting.send(
    { at: 2 * mib, bytes: 2 * mib, isWritten: true },
    { at: 4097, bytes: 2 * 4096, isWritten: true },
    { at: 1, bytes: 4096, isWritten: true },
  );
  assert.equal(reporting.take()?.written, 0);
  assert.deepEqual(released.splice(0), [
    [2 * mib, 2 * mib],
    [8192, 4096],
  ]);
});

test('a buffer releases no more than drivers have reason to, however large it is', () => {
  const { board, released } = stage();
  const [inflate, reporting] = [board.queue(0, 8), board.queue(4, 8)];
  board.begin();
  board.ram.bytes.fill(0, dataAt, dataAt + 8192);
  for (let index = 0; index < 2000; index++) board.ram.view.setUint32(dataAt + 4 * index, 2 * index, true);
  inflate.send({ at: dataAt, bytes: 8000 });
  assert.equal(released.splice(0).length, 1024);
  reporting.send({ at: 0, bytes: 0xffff_f000, isWritten: true }, { at: 0, bytes: 0xffff_f000, isWritten: true });
  assert.deepEqual(released, [[0, 256 * mib]]);
});

test('what nobody asks for stays with the device, or comes back', () => {
  const { board } = stage();
  const [statistics, hints] = [board.queue(2, 8), board.queue(3, 8)];
  board.begin();
  statistics.send(board.put(dataAt, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8));
  assert.equal(statistics.take(), undefined);
  hints.send({ at: dataAt, bytes: 4096, isWritten: true });
  assert.equal(hints.take()?.written, 0);
});
