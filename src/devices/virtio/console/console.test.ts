import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dataAt, VirtioBoard } from '../../stage/virtio-board.ts';
import { type ConsolePort, VirtioConsole } from './console.ts';

const multiport = 1;

const stage = (features: readonly number[] = [multiport], make: readonly Partial<ConsolePort>[] = [{}, { name: 'isola.agent' }]) => {
  const board = new VirtioBoard();
  const sent = make.map((): number[] => []);
  let isBusy = false;
  const ports = make.map(
    (port, index): ConsolePort => ({
      ...port,
      line: {
        transmit: (bytes) => void sent[index]?.push(...bytes),
        get isBusy() {
          return isBusy;
        },
      },
    }),
  );
  const card = new VirtioConsole({ slot: board.slot, ports });
  board.place();
  board.negotiate(features);
  const queues = Array.from({ length: 2 * make.length + 2 }, (_, index) => board.queue(index, 8));
  board.begin();
  const [receive, transmit, controlReceive, controlTransmit, receive1, transmit1] = queues as [
    ...[(typeof queues)[0], (typeof queues)[0], (typeof queues)[0], (typeof queues)[0]],
    ...(typeof queues)[0][],
  ];
  for (let count = 0; count < 8; count++) controlReceive.send({ at: dataAt + 0x100 * count, bytes: 0x100, isWritten: true });
  const at: { next: number } = { next: 0 };
  return {
    ...{ board, card, sent, receive, transmit, receive1, transmit1, controlReceive },
    control: (port: number, event: number, value: number): void => {
      controlTransmit.send(board.put(dataAt + 0x2000, port, 0, 0, 0, event, 0, value, 0));
      controlTransmit.take();
    },
    /** The next message to the driver. */
    heard: (): readonly number[] | undefined => {
      const given = controlReceive.take();
      if (given === undefined) return undefined;
      const place = dataAt + 0x100 * (at.next++ % 8);
      const [port = 0, , , , event = 0, , value = 0, , ...more] = board.bytes(place, given.written);
      return [port, event, value, ...more];
    },
    busy: (busy: boolean): void => {
      isBusy = busy;
    },
  };
};

const name = [...'isola.agent'].map((letter) => letter.charCodeAt(0));

test('a driver is told which ports there are, what they are called, and whether somebody is there', () => {
  const { board, card, control, heard } = stage([multiport], [{ isConsole: true }, { name: 'isola.agent' }]);
  assert.equal(board.config(0, 4), 0x1043_1af4);
  assert.equal(board.own(4, 4), 2);
  control(0, 0, 1);
  assert.deepEqual([heard(), heard(), heard()], [[0, 1, 0], [1, 1, 0], undefined]);
  control(0, 3, 1);
  assert.deepEqual([heard(), heard(), heard()], [[0, 4, 1], [0, 6, 1], undefined]);
  card.plug(1, false);
  control(1, 3, 1);
  assert.deepEqual([heard(), heard()], [[1, 7, 1, ...name], undefined]);
  card.plug(1, true);
  assert.deepEqual(heard(), [1, 6, 1]);
});

test('messages wait for room, and of those that tell the same the last one stays', () => {
  const { board, card, control, controlReceive, heard } = stage();
  for (let count = 0; count < 4; count++) {
    control(0, 0, 1);
    assert.notEqual(heard(), undefined);
    assert.notEqual(heard(), undefined);
  }
  control(0, 3, 1);
  for (let count = 0; count < 5; count++) card.plug(0, count % 2 !== 0);
  assert.equal(heard(), undefined);
  controlReceive.send({ at: dataAt, bytes: 0x100, isWritten: true });
  assert.deepEqual(heard(), [0, 6, 0]);
  controlReceive.send({ at: dataAt, bytes: 0x100, isWritten: true });
  assert.equal(heard(), undefined);
  board.status = 0;
  assert.equal(card.isOpen(0), false);
});

test('bytes come in once the guest has the port open, as many as there is room for', () => {
  const { board, card, control, receive1 } = stage();
  receive1?.send({ at: dataAt + 0x3000, bytes: 3, isWritten: true });
  assert.deepEqual([card.room(1), card.receive(1, Uint8Array.of(1, 2))], [0, 0]);
  control(1, 6, 1);
  assert.equal(card.isOpen(1), true);
  receive1?.send({ at: dataAt + 0x3010, bytes: 3, isWritten: true });
  assert.equal(card.room(1), 3);
  assert.equal(card.receive(1, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)), 6);
  assert.equal(card.room(1), 0);
  assert.deepEqual([receive1?.take()?.written, receive1?.take()?.written], [3, 3]);
  assert.deepEqual(
    [board.bytes(dataAt + 0x3000, 3), board.bytes(dataAt + 0x3010, 3)],
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
  );
  control(1, 6, 0);
  receive1?.send({ at: dataAt + 0x3000, bytes: 3, isWritten: true });
  assert.equal(card.receive(1, Uint8Array.of(1)), 0);
});

test('what the guest sends goes to its port’s line, and waits while that is busy', () => {
  const { board, busy, card, sent, transmit, transmit1 } = stage();
  transmit1?.send(board.put(dataAt + 0x3000, 1, 2), board.put(dataAt + 0x3010, 3));
  assert.deepEqual(sent, [[], [1, 2, 3]]);
  busy(true);
  transmit.send(board.put(dataAt + 0x3000, 4));
  assert.deepEqual([sent[0], transmit.take()], [[], undefined]);
  busy(false);
  card.release(0);
  assert.deepEqual([sent[0], transmit.take()?.written], [[4], 0]);
});

test('a driver that knows of one port alone has the first', () => {
  const { board, card, receive, sent, transmit } = stage([]);
  receive.send({ at: dataAt + 0x3000, bytes: 3, isWritten: true });
  assert.equal(card.receive(0, Uint8Array.of(7)), 1);
  transmit.send(board.put(dataAt + 0x3000, 9));
  assert.deepEqual([receive.take()?.written, sent[0]], [1, [9]]);
});

test('a byte in an emergency goes to the first port, before there is a driver', () => {
  const { board, sent } = stage();
  board.status = 0;
  board.set(0x2008, 0x41, 1);
  assert.deepEqual(sent[0], [0x41]);
});
