import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { connected, type Packets } from './packets.ts';

suite('packets over a socket', () => {
  const place = mkdtempSync(join(tmpdir(), 'isola-packets-'));
  after(() => rmSync(place, { recursive: true }));

  /** Both ends, one that sends bytes as they are and one that carries packets. */
  const pair = async (
    name: string,
    wake = (): void => {},
  ): Promise<{ readonly packets: Packets; readonly other: Socket; close(): void }> => {
    const path = join(place, name);
    const other = Promise.withResolvers<Socket>();
    const server = createServer((socket) => other.resolve(socket)).listen(path);
    const packets = await connected(path, wake);
    const socket = await other.promise;
    return {
      ...{ packets, other: socket },
      close: () => {
        packets.close();
        socket.destroy();
        server.close();
      },
    };
  };
  const framed = (...frames: readonly Buffer[]): Buffer =>
    Buffer.concat(frames.flatMap((frame) => [Buffer.from([0, 0, frame.length >> 8, frame.length & 0xff]), frame]));
  const got = async (packets: Packets, count: number, room = Number.POSITIVE_INFINITY): Promise<string[]> => {
    const frames: string[] = [];
    const card = { receive: (frame: Uint8Array) => frames.length < room && frames.push(Buffer.from(frame).toString()) > 0 };
    for (let left = 2000; frames.length < count && left > 0; left--) {
      packets.feed(card);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return frames;
  };

  test('are whole however the bytes come, and wait where the card has no room', async () => {
    const { packets, other, close } = await pair('whole');
    const bytes = framed(Buffer.from('first'), Buffer.from('second'), Buffer.from('third'));
    for (const byte of bytes) other.write(Uint8Array.of(byte));
    assert.deepEqual(await got(packets, 2, 2), ['first', 'second']);
    assert.deepEqual(await got(packets, 1), ['third']);
    close();
  });

  test('leave behind their length', async () => {
    const { packets, other, close } = await pair('leave');
    packets.cable.transmit(Buffer.from('a frame'));
    const [chunk] = await Promise.all([new Promise<Buffer>((resolve) => other.once('data', resolve))]);
    assert.deepEqual(chunk, framed(Buffer.from('a frame')));
    close();
  });

  test('end with a length that no packet has', async () => {
    const { packets, other, close } = await pair('end');
    const over = new Promise<void>((resolve) => other.once('close', () => resolve()).resume());
    other.write(Uint8Array.of(0xff, 0, 0, 0, 1));
    assert.deepEqual(await Promise.race([got(packets, 1), over]), undefined);
    close();
  });

  test('have nobody where nobody listens', async () => {
    await assert.rejects(
      connected(join(place, 'none'), () => {}),
      /ENOENT/,
    );
  });
});
