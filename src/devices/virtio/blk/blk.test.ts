import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryDisk } from '../../stage/index.ts';
import { Feature as Common, dataAt, VirtioBoard } from '../../stage/virtio-board.ts';
import type { Piece } from '../../stage/virtio-driver.ts';
import { VirtioBlk } from './blk.ts';
import { Feature, Outcome, Request } from './registers.ts';

const [headerAt, statusAt] = [dataAt, dataAt + 0x40];
const data = dataAt + 0x1000;

const stage = ({ disk = new MemoryDisk(0x20_0000).number(), features = [Feature.flush] as readonly number[] } = {}) => {
  const board = new VirtioBoard();
  const blk = new VirtioBlk({ slot: board.slot, disk, serial: 'isola-virtio-0' });
  board.place();
  board.message(2);
  board.negotiate([Common.packed, Common.indirect, ...features]);
  const queue = board.queue(0, 256);
  board.begin();
  /** What became of a request, and how many bytes were written. */
  const request = (type: number, sector: number | bigint, ...pieces: readonly Piece[]): readonly [status: number, written: number] => {
    board.ram.view.setUint32(headerAt, type, true);
    board.ram.view.setBigUint64(headerAt + 8, BigInt(sector), true);
    board.ram.bytes[statusAt] = 0xaa;
    queue.send({ at: headerAt, bytes: 16 }, ...pieces, { at: statusAt, bytes: 1, isWritten: true });
    return [board.ram.bytes[statusAt] ?? 0, queue.take()?.written ?? -1];
  };
  return { board, blk, disk, queue, request };
};

const into = (at: number, bytes: number): Piece => ({ at, bytes, isWritten: true });
const from = (at: number, bytes: number): Piece => ({ at, bytes });

test('a disk tells its size and how requests may be', () => {
  const { board } = stage();
  assert.equal(board.config(0, 4), 0x1042_1af4);
  assert.deepEqual([board.own(0, 4), board.own(4, 4), board.own(12, 4), board.own(20, 4)], [4096, 0, 128, 512]);
  assert.deepEqual(
    [...board.features].filter((bit) => bit < 28),
    [2, 6, 9, 11, 13, 14],
  );
  const closed = stage({ disk: new MemoryDisk(0x1_0000, true) });
  assert.deepEqual(
    [...closed.board.features].filter((bit) => bit < 28),
    [2, 5, 6, 9, 11],
  );
});

test('sectors are read and written, in pieces that need be no sectors', () => {
  const { board, disk, request } = stage();
  assert.deepEqual(request(Request.read, 7, into(data, 100), into(data + 0x400, 924)), [Outcome.ok, 1025]);
  assert.deepEqual([board.ram.view.getUint32(data, true), board.ram.view.getUint32(data + 0x400 + 412, true)], [7, 8]);
  board.ram.bytes.fill(0xcd, data, data + 512);
  assert.deepEqual(request(Request.write, 300, from(data, 500), from(data, 12)), [Outcome.ok, 1]);
  assert.deepEqual([disk.bytes[299 * 512], disk.bytes[300 * 512], disk.bytes[301 * 512 - 1], disk.bytes[301 * 512]], [43, 0xcd, 0xcd, 45]);
  assert.equal(board.messages.length, 2);
});

test('a request may have 128 segments, and more bytes than are moved at a time', () => {
  const { board, request } = stage();
  const pieces = Array.from({ length: 128 }, (_, index) => into(data + 4096 * (index % 64), 4096));
  assert.deepEqual(request(Request.read, 100, ...pieces), [Outcome.ok, 128 * 4096 + 1]);
  assert.equal(board.ram.view.getUint32(data + 4096 * 63, true), 100 + 127 * 8);
});

test('what was written lasts when it was flushed, or at once where there is no cache', () => {
  const { disk, request } = stage();
  request(Request.write, 0, from(data, 512));
  assert.equal(disk.flushes, 0);
  assert.deepEqual(request(Request.flush, 0), [Outcome.ok, 1]);
  assert.equal(disk.flushes, 1);
  const through = stage({ features: [] });
  through.request(Request.write, 0, from(data, 512));
  assert.equal(through.disk.flushes, 1);
  const chosen = stage({ features: [Feature.flush, Feature.configCache] });
  assert.equal(chosen.board.own(32, 1), 1);
  chosen.board.set(0x2020, 0, 1);
  assert.deepEqual([chosen.board.own(32, 1), chosen.disk.flushes], [0, 1]);
  chosen.request(Request.write, 0, from(data, 512));
  assert.equal(chosen.disk.flushes, 2);
});

test('a disk tells its serial number, as far as there is room', () => {
  const { board, request } = stage();
  board.ram.bytes.fill(0xee, data, data + 32);
  assert.deepEqual(request(Request.id, 0, into(data, 20)), [Outcome.ok, 21]);
  assert.equal(String.fromCharCode(...board.bytes(data, 14)), 'isola-virtio-0');
  assert.deepEqual(board.bytes(data + 14, 7), [0, 0, 0, 0, 0, 0, 0xee]);
  request(Request.id, 0, into(data + 0x100, 5));
  assert.equal(String.fromCharCode(...board.bytes(data + 0x100, 5)), 'isola');
});

/** A range of sectors as a request has it. */
const range = (board: VirtioBoard, at: number, sector: number, count: number, flags: number): Piece => {
  board.ram.view.setBigUint64(at, BigInt(sector), true);
  board.ram.view.setUint32(at + 8, count, true);
  board.ram.view.setUint32(at + 12, flags, true);
  return from(at, 16);
};

test('zeroes are written, and what is discarded may be anything', () => {
  const { board, disk, request } = stage();
  const [first, second] = [range(board, data, 10, 2, 1), range(board, data + 16, 20, 2000, 0)];
  assert.deepEqual(request(Request.writeZeroes, 0, first, second), [Outcome.ok, 1]);
  assert.deepEqual(
    [9, 10, 11, 12, 19, 20, 2019, 2020].map((sector) => disk.bytes[sector * 512]),
    [9, 0, 0, 12, 19, 0, 0, 2020 & 0xff],
  );
  const told: (readonly number[])[] = [];
  assert.equal(request(Request.discard, 0, range(board, data, 30, 1, 0))[0], Outcome.ok);
  Object.assign(disk, { discard: (at: number, bytes: number) => told.push([at, bytes]) < 2 });
  assert.equal(request(Request.discard, 0, range(board, data, 30, 2, 0), range(board, data + 16, 9, 0, 0))[0], Outcome.ok);
  assert.deepEqual(told, [[30 * 512, 2 * 512]]);
  assert.equal(request(Request.discard, 0, range(board, data, 30, 1, 0))[0], Outcome.error);
  assert.equal(request(Request.discard, 0, range(board, data, 30, 1, 1))[0], Outcome.unsupported);
  assert.equal(request(Request.writeZeroes, 0, range(board, data, 30, 1, 2))[0], Outcome.unsupported);
  assert.equal(request(Request.discard, 0, range(board, data, 4095, 2, 0))[0], Outcome.error);
  assert.equal(request(Request.writeZeroes, 0)[0], Outcome.error);
  assert.equal(request(Request.writeZeroes, 0, from(data, 17 * 16))[0], Outcome.error);
});

test('what can’t be is told, and what isn’t a request is given back', () => {
  const disk = new MemoryDisk(0x20_0000);
  disk.bad.add(9);
  const { board, queue, request } = stage({ disk });
  assert.equal(request(Request.read, 4095, into(data, 1024))[0], Outcome.error);
  assert.equal(request(Request.read, 0xffff_ffff_ffff_ffffn, into(data, 512))[0], Outcome.error);
  assert.equal(request(Request.read, 0, into(data, 100))[0], Outcome.error);
  assert.equal(request(Request.read, 9, into(data, 512))[0], Outcome.error);
  assert.equal(request(Request.write, 9, from(data, 512))[0], Outcome.error);
  assert.equal(request(Request.write, 0, from(data, 0xffff_fe00))[0], Outcome.error);
  assert.equal(request(99, 0)[0], Outcome.unsupported);
  queue.send({ at: headerAt, bytes: 15 }, into(statusAt, 1));
  queue.send({ at: headerAt, bytes: 16 });
  assert.deepEqual([queue.take()?.written, queue.take()?.written], [0, 0]);
  const closed = stage({ disk: new MemoryDisk(0x1_0000, true) });
  assert.equal(closed.request(Request.write, 0, from(data, 512))[0], Outcome.error);
  assert.equal(closed.request(Request.writeZeroes, 0, range(board, data, 0, 1, 0))[0], Outcome.error);
  assert.equal(closed.request(Request.read, 0, into(data, 512))[0], Outcome.ok);
});
