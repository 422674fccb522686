/** A guest's sockets from outside, with a guest that says what a test has it say. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Random } from '../../devices/stage/random.ts';
import { SocketEnd, SocketOp, type SocketPacket } from '../../machine/index.ts';
import { roomBytes } from './connection.ts';
import { HostSockets } from './host-sockets.ts';

const guestPort = 1234;
const nothing = new Uint8Array();

/** A guest with room for so many packets, of so many bytes of data each, and for so many bytes in a connection. */
const stage = async (t: TestContext, { dataBytes = 4096, room = 1_000_000 } = {}) => {
  const place = mkdtempSync(join(tmpdir(), 'isola-sockets-'));
  const came: SocketPacket[] = [];
  let buffers = Number.POSITIVE_INFINITY;
  const receive = (packet: SocketPacket): number | undefined => {
    if (buffers === 0) return undefined;
    buffers--;
    const bytes = packet.bytes.slice(0, dataBytes);
    came.push({ ...packet, bytes });
    return bytes.length;
  };
  let isDue = false;
  const feed = (): void => {
    isDue = false;
    sockets.feed({ receive });
  };
  const sockets = new HostSockets(() => {
    if (!isDue) setImmediate(feed);
    isDue = true;
  });
  const path = join(place, 'vsock');
  const door = await sockets.listen(path);
  t.after(() => {
    door[Symbol.dispose]();
    rmSync(place, { recursive: true });
  });
  const say = (op: number, more: Partial<SocketPacket> = {}): void =>
    sockets.sent({ from: guestPort, to: hostPort(), op, flags: 0, room, taken: 0, bytes: nothing, ...more });
  const hostPort = (): number => came[0]?.from ?? 0;
  return {
    ...{ sockets, came, say, feed },
    setBuffers: (count: number) => {
      buffers = count;
    },
    client: (text: string): Client => new Client(connect(path), text),
    /** Until so many packets have come. */
    packets: (count: number) => until(() => came.length >= count),
    ops: () => came.map(({ op }) => op),
  };
};

class Client {
  readonly socket: Socket;
  text = '';
  isEnded = false;
  isClosed = false;

  constructor(socket: Socket, first: string) {
    this.socket = socket;
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      this.text += bytes;
    });
    socket.on('end', () => {
      this.isEnded = true;
    });
    socket.on('close', () => {
      this.isClosed = true;
    });
    socket.write(first);
  }
}

const until = async (holds: () => boolean): Promise<void> => {
  for (const end = performance.now() + 10_000; !holds(); ) {
    assert.ok(performance.now() < end, 'it came to nothing');
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
};

test('whoever asks for a port is let in once somebody listens there, and both talk until both are through', async (t) => {
  const { came, say, client, packets, ops } = await stage(t);
  const one = client(`CONNECT ${guestPort}\nearly`);
  await packets(1);
  const { from, ...asked } = came[0] as SocketPacket;
  assert.deepEqual(asked, { to: guestPort, op: SocketOp.request, flags: 0, room: roomBytes, taken: 0, bytes: nothing });
  say(SocketOp.response);
  await packets(2);
  assert.deepEqual([came[1]?.op, Buffer.from(came[1]?.bytes ?? []).toString()], [SocketOp.data, 'early']);
  await until(() => one.text === `OK ${from}\n`);
  say(SocketOp.data, { bytes: Buffer.from('from the guest') });
  await until(() => one.text.endsWith('from the guest'));
  one.socket.end('last');
  await packets(4);
  assert.deepEqual([came[2]?.bytes.length, came[3]?.op, came[3]?.flags], [4, SocketOp.shutdown, SocketEnd.sending]);
  say(SocketOp.shutdown, { flags: SocketEnd.both });
  await until(() => one.isClosed);
  assert.equal(ops().at(-1), SocketOp.reset);
});

test('nobody is let in where nobody listens, or who doesn’t say where to', async (t) => {
  const { say, client, packets, came } = await stage(t);
  const one = client(`CONNECT ${guestPort}\n`);
  await packets(1);
  say(SocketOp.reset);
  await until(() => one.isClosed);
  assert.equal(one.text, '');
  for (const words of ['GET / HTTP/1.1\n', 'CONNECT 4294967296\n', 'CONNECT\n', 'x'.repeat(100)]) {
    const other = client(words);
    await until(() => other.isClosed);
  }
  assert.equal(came.length, 1);
});

test('a guest is sent no more than it has room for, whatever its buffers hold', async (t) => {
  const { came, say, client, packets, setBuffers, feed } = await stage(t, { dataBytes: 3, room: 10 });
  client(`CONNECT ${guestPort}\n0123456789abcdef`);
  await packets(1);
  setBuffers(0);
  say(SocketOp.response);
  feed();
  setBuffers(100);
  feed();
  await packets(5);
  const text = (): string => came.map(({ bytes }) => Buffer.from(bytes).toString()).join('');
  assert.equal(text(), '0123456789');
  say(SocketOp.credit, { taken: 8 });
  await until(() => text() === '0123456789abcdef');
  assert.ok(came.every(({ bytes }) => bytes.length <= 3));
});

test('a guest is told what was taken, and one that sends more than there is room for is sent away', async (t) => {
  const { came, say, client, packets, ops } = await stage(t);
  const one = client(`CONNECT ${guestPort}\n`);
  await packets(1);
  say(SocketOp.response);
  await until(() => one.text !== '');
  for (let sent = 0; sent < roomBytes / 2; sent += 65_536) say(SocketOp.data, { bytes: new Uint8Array(65_536) });
  await until(() => came.some(({ op, taken }) => op === SocketOp.credit && taken > 0));
  one.socket.pause();
  for (let sent = 0; sent < 20 * roomBytes && !ops().includes(SocketOp.reset); sent += 65_536)
    say(SocketOp.data, { bytes: new Uint8Array(65_536) });
  await packets(3);
  await until(() => ops().includes(SocketOp.reset));
  say(SocketOp.data, { bytes: Uint8Array.of(1) });
  assert.equal(ops().filter((op) => op === SocketOp.reset).length >= 1, true);
});

test('what belongs to no connection is answered by a reset, and no reset by another; a guest that takes no answers gets no endless row of them', async (t) => {
  const { sockets, came, setBuffers, feed } = await stage(t);
  const stranger = { from: 7, to: 8, op: SocketOp.request, flags: 0, room: 0, taken: 0, bytes: nothing };
  sockets.sent(stranger);
  sockets.sent({ ...stranger, op: SocketOp.reset });
  feed();
  assert.deepEqual(
    came.map(({ from, to, op }) => [from, to, op]),
    [[8, 7, SocketOp.reset]],
  );
  setBuffers(0);
  for (let count = 0; count < 5000; count++) sockets.sent(stranger);
  setBuffers(1e6);
  feed();
  assert.equal(came.length, 1 + 1024);
});

test('whatever a guest says, nothing breaks', async (t) => {
  const { say, client, packets, feed } = await stage(t);
  const random = new Random(1);
  for (let round = 0; round < 10; round++) {
    client(`CONNECT ${guestPort}\nhello`);
    await packets(1);
    for (let count = 0; count < 100; count++) {
      const bytes = new Uint8Array(random.below(3) === 0 ? random.below(5000) : 0);
      say(random.below(9), { flags: random.below(5), room: random.word() >>> 0, taken: random.word() >>> 0, bytes });
      if (random.below(8) === 0) feed();
    }
  }
});
