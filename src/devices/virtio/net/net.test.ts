import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dataAt, Status, VirtioBoard } from '../../stage/virtio-board.ts';
import type { DriverQueue } from '../../stage/virtio-driver.ts';
import { VirtioNet } from './net.ts';

const mac = Uint8Array.of(2, 0, 0, 0, 0, 0x17);
const features = { mac: 5, mergeable: 15, status: 16 } as const;
const header = Array.from({ length: 12 }, () => 0);

interface Stage {
  readonly board: VirtioBoard;
  readonly net: VirtioNet;
  readonly sent: number[][];
  readonly receive: DriverQueue;
  readonly transmit: DriverQueue;
}

const stage = (accepted: readonly number[] = [features.mergeable]): Stage => {
  const board = new VirtioBoard();
  const sent: number[][] = [];
  const net = new VirtioNet({ slot: board.slot, mac, cable: { transmit: (frame) => void sent.push([...frame]) } });
  board.place();
  board.message(3);
  assert.equal(board.negotiate(accepted) & Status.featuresOk, Status.featuresOk);
  const [receive, transmit] = [board.queue(0, 8), board.queue(1, 8)];
  board.begin();
  return { board, net, sent, receive, transmit };
};

/** Bytes that can be told apart. */
const frame = (bytes: number): Uint8Array => Uint8Array.from({ length: bytes }, (_, index) => index * 7);

test('a card tells its address, and whether its cable is plugged in', () => {
  const { board, net } = stage([features.mac, features.status]);
  assert.equal(board.config(0, 4), 0x1041_1af4);
  assert.equal(board.config(8, 4), 0x0200_0001);
  assert.deepEqual([board.own(0, 4), board.own(4, 2), board.own(6, 2)], [2, 0x1700, 1]);
  const generation = board.get(0x15, 1);
  board.set(0x10, 0, 2);
  net.link(false);
  assert.deepEqual([board.own(6, 2), board.get(0x15, 1)], [0, generation + 1]);
  assert.deepEqual(board.messages, [{ at: 0xfee0_0000, data: 0 }]);
  net.link(false);
  assert.equal(board.messages.length, 1);
  board.status = 0;
  assert.equal(board.own(6, 2), 0);
});

test('a frame goes out behind its header, in whatever pieces', () => {
  const { board, sent, transmit } = stage();
  const id = transmit.send(board.put(dataAt, ...header), board.put(dataAt + 64, 1, 2, 3), board.put(dataAt + 128, 4, 5));
  assert.deepEqual(sent, [[1, 2, 3, 4, 5]]);
  assert.deepEqual(transmit.take(), { id, written: 0 });
  assert.deepEqual(board.messages, [{ at: 0xfee0_0000, data: 2 }]);
  transmit.send(board.put(dataAt, ...header, 9, 8));
  assert.deepEqual(sent[1], [9, 8]);
});

test('what is no frame, or a longer one than there can be, is given back and goes nowhere', () => {
  const { board, sent, transmit } = stage();
  transmit.send(board.put(dataAt, 0, 0, 0));
  transmit.send(board.put(dataAt, ...header));
  transmit.send({ at: dataAt, bytes: 12 + 65_535 + 19 });
  assert.equal(sent.length, 0);
  assert.deepEqual([transmit.take()?.written, transmit.take()?.written, transmit.take()?.written], [0, 0, 0]);
  transmit.send({ at: dataAt, bytes: 12 + 65_535 + 18 });
  assert.equal(sent[0]?.length, 65_553);
});

test('a frame comes in behind a header that says it is in one buffer', () => {
  const { board, net, receive } = stage();
  assert.equal(net.receive([frame(60)]), 0);
  const id = receive.send({ at: dataAt, bytes: 2048, isWritten: true });
  assert.equal(net.receive([frame(60)]), 1);
  assert.deepEqual(receive.take(), { id, written: 72 });
  assert.deepEqual(board.bytes(dataAt, 72), [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, ...frame(60)]);
  assert.deepEqual(board.messages, [{ at: 0xfee0_0000, data: 1 }]);
  assert.equal(net.receive([frame(60)]), 0);
});

test('a long frame is put into as many buffers as it takes, once they are there', () => {
  const { board, net, receive } = stage();
  const packet = frame(31_778);
  for (let count = 0; count < 3; count++) receive.send({ at: dataAt + 0x2000 * count, bytes: 0x2000, isWritten: true });
  assert.equal(net.receive([packet]), 0);
  assert.equal(receive.take(), undefined);
  receive.send({ at: dataAt + 0x6000, bytes: 0x1000, isWritten: true }, { at: dataAt + 0x7000, bytes: 0x1000, isWritten: true });
  assert.equal(net.receive([packet]), 1);
  assert.deepEqual(board.bytes(dataAt + 10, 2), [4, 0]);
  assert.deepEqual(Uint8Array.from(board.bytes(dataAt + 12, packet.length)), packet);
  const written = [receive.take(), receive.take(), receive.take(), receive.take()].map((one) => one?.written);
  assert.deepEqual(written, [0x2000, 0x2000, 0x2000, 12 + packet.length - 0x6000]);
  assert.equal(receive.take(), undefined);
  assert.equal(board.messages.length, 1);
});

test('a frame that no buffers of the driver’s can have is lost, and the next one isn’t', () => {
  const { net, receive } = stage([]);
  receive.send({ at: dataAt, bytes: 100, isWritten: true });
  receive.send({ at: dataAt + 100, bytes: 100, isWritten: true });
  assert.equal(net.receive([frame(150)]), 1);
  assert.equal(receive.take(), undefined);
  assert.equal(net.receive([frame(88)]), 1);
  assert.equal(receive.take()?.written, 100);
  assert.equal(net.receive([new Uint8Array(70_000)]), 1);
  const merged = stage();
  for (let count = 0; count < 8; count++) merged.receive.send({ at: dataAt, bytes: 64, isWritten: true });
  assert.equal(merged.net.receive([frame(600)]), 1);
  assert.equal(merged.net.receive([frame(500)]), 1);
  assert.equal(merged.receive.take()?.written, 64);
});

test('nothing comes in before the driver is ready, nor where it may not be moved', () => {
  const { board, net, receive, sent, transmit } = stage();
  receive.send({ at: dataAt, bytes: 100, isWritten: true });
  board.setConfig(4, 2, 2);
  transmit.send(board.put(dataAt, ...header, 1));
  assert.deepEqual([net.receive([frame(10)]), sent.length], [0, 0]);
  board.setConfig(4, 6, 2);
  assert.equal(net.receive([frame(10)]), 1);
  board.status = 0;
  assert.equal(net.receive([frame(10)]), 0);
});
