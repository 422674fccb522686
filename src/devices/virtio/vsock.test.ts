import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SocketOp, type SocketPacket } from '../../machine/index.ts';
import { dataAt, VirtioBoard } from '../stage/virtio-board.ts';
import { VirtioVsock } from './vsock.ts';

const cid = 3;

const stage = () => {
  const board = new VirtioBoard();
  const sent: SocketPacket[] = [];
  let rooms = 0;
  const peer = { sent: (packet: SocketPacket) => void sent.push({ ...packet, bytes: packet.bytes.slice() }), onRoom: () => void rooms++ };
  const device = new VirtioVsock({ slot: board.slot, cid, peer });
  board.place();
  board.negotiate();
  const [receive, transmit, events] = [board.queue(0, 8), board.queue(1, 8), board.queue(2, 8)] as const;
  board.begin();
  return { board, device, sent, receive, transmit, events, rooms: () => rooms };
};

const headerOf = (
  over: Partial<Record<'source' | 'destination' | 'from' | 'to' | 'length' | 'type' | 'op' | 'flags' | 'room' | 'taken', number>>,
): number[] => {
  const {
    source = cid,
    destination = 2,
    from = 5,
    to = 6,
    length = 0,
    type = 1,
    op = SocketOp.request,
    flags = 0,
    room = 7,
    taken = 8,
  } = over;
  const header = new DataView(new ArrayBuffer(44));
  header.setBigUint64(0, BigInt(source), true);
  header.setBigUint64(8, BigInt(destination), true);
  for (const [at, value] of [from, to, length].entries()) header.setUint32(16 + 4 * at, value, true);
  header.setUint16(28, type, true);
  header.setUint16(30, op, true);
  for (const [at, value] of [flags, room, taken].entries()) header.setUint32(32 + 4 * at, value, true);
  return [...new Uint8Array(header.buffer)];
};

const packet: SocketPacket = { from: 1, to: 2, op: SocketOp.data, flags: 0, room: 100, taken: 20, bytes: Uint8Array.of(1, 2, 3) };

test('a driver learns its address, and sends packets to the host’s', () => {
  const { board, transmit, sent } = stage();
  assert.deepEqual([board.config(0, 4), board.own(0, 4), board.own(4, 4)], [0x1053_1af4, cid, 0]);
  transmit.send(board.put(dataAt, ...headerOf({ op: SocketOp.data, length: 2, flags: 9 }), 4, 5));
  assert.equal(transmit.take()?.written, 0);
  assert.deepEqual(sent, [{ from: 5, to: 6, op: SocketOp.data, flags: 9, room: 7, taken: 8, bytes: Uint8Array.of(4, 5) }]);
});

test('what is too short, of another address or type, or longer than its buffer leads nowhere', () => {
  const { board, transmit, sent } = stage();
  for (const bytes of [[1, 2, 3], headerOf({ source: 4 }), headerOf({ destination: 3 }), headerOf({ type: 2 }), headerOf({ length: 1 })]) {
    transmit.send(board.put(dataAt, ...bytes));
    assert.equal(transmit.take()?.written, 0);
  }
  board.put(dataAt, ...headerOf({ length: 65_537 }));
  transmit.send({ at: dataAt, bytes: 0x1_0000 }, { at: dataAt, bytes: 0x1_0000 });
  assert.deepEqual(sent, []);
});

test('a packet for the guest needs a buffer, and its data is cut to it', () => {
  const { board, device, receive, rooms } = stage();
  assert.equal(device.receive(packet), undefined);
  const before = rooms();
  receive.send({ at: dataAt, bytes: 46, isWritten: true });
  assert.equal(rooms(), before + 1);
  assert.equal(device.receive(packet), 2);
  assert.equal(receive.take()?.written, 46);
  assert.deepEqual(board.bytes(dataAt, 46), [
    ...headerOf({ source: 2, destination: cid, from: 1, to: 2, length: 2, op: SocketOp.data, room: 100, taken: 20 }),
    ...[1, 2],
  ]);
  receive.send({ at: dataAt, bytes: 5, isWritten: true });
  assert.equal(device.receive(packet), 0);
  assert.equal(receive.take()?.written, 5);
});

test('a guest is told that its connections are gone, once it can be', () => {
  const { board, device, events } = stage();
  device.cut();
  const saved = device.save();
  device.load(saved);
  board.put(dataAt, 9, 9, 9, 9);
  events.send({ at: dataAt, bytes: 8, isWritten: true }, { at: dataAt + 8, bytes: 8, isWritten: true });
  assert.equal(events.take()?.written, 4);
  assert.deepEqual(board.bytes(dataAt, 4), [0, 0, 0, 0]);
  events.send({ at: dataAt, bytes: 8, isWritten: true });
  assert.equal(events.take(), undefined);
});
