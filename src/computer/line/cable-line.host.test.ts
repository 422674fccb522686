import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import type { Frames } from '../../devices/index.ts';
import { CableLine } from './cable-line.ts';
import { connected } from './socket.ts';

const directory = mkdtempSync(join(tmpdir(), 'isola-cable-'));
after(() => rmSync(directory, { recursive: true }));
let sockets = 0;

/** Who calls whom: a line is given a socket, or connects to one. */
const ways = ['somebody connects to it', 'it connects to somebody'] as const;

/** A line, and who is at its other end. */
const stage = async (t: TestContext, way: (typeof ways)[number]) => {
  const path = join(directory, `${sockets++}`);
  const said: string[] = [];
  let news = Promise.withResolvers<void>();
  const wake = (): void => {
    news.resolve();
    news = Promise.withResolvers();
  };
  const line = new CableLine({ wake, say: (sentence) => void said.push(sentence) });
  const server = createServer().listen(path);
  await once(server, 'listening');
  const called: Promise<[Socket]> = once(server, 'connection') as Promise<[Socket]>;
  const isCalled = way === 'somebody connects to it';
  const caller = isCalled ? connect(path) : undefined;
  if (!isCalled) await connected({ kind: 'unix', path, isServer: false, isAwaited: false }, line);
  const [socket] = await called;
  if (isCalled) line.take(socket);
  const other = caller ?? socket;
  t.after(() => {
    other.destroy();
    server.close();
    line.close();
  });
  const frames: number[][] = [];
  const card = {
    hasRoom: true,
    isUp: false,
    receive: (waiting: Frames): number => {
      const frame = card.hasRoom ? waiting.at(0) : undefined;
      return frame === undefined ? 0 : frames.push([...frame]) && 1;
    },
    link: (isUp: boolean): void => {
      card.isUp = isUp;
    },
  };
  /** Feeds it until that is so. */
  const until = async (isSo: () => boolean): Promise<void> => {
    for (line.feed(card); !isSo(); line.feed(card)) await news.promise;
  };
  return { line, other, said, frames, card, until };
};

for (const way of ways) {
  test(`frames come in whatever pieces they come in, and wait while the card has no room: ${way}`, async (t) => {
    const { card, frames, other, until } = await stage(t, way);
    card.hasRoom = false;
    other.write(Uint8Array.of(0, 0, 0, 3, 1, 2, 3, 0, 0));
    await until(() => card.isUp);
    assert.deepEqual(frames, []);
    card.hasRoom = true;
    await until(() => frames.length === 1);
    other.write(Uint8Array.of(0, 2, 9));
    await new Promise((resolve) => setTimeout(resolve, 5));
    other.write(Uint8Array.of(8, 0, 0, 0, 1, 7));
    await until(() => frames.length === 3);
    assert.deepEqual(frames, [[1, 2, 3], [9, 8], [7]]);
  });

  test(`what the guest sends goes out behind its length: ${way}`, async (t) => {
    const { line, other } = await stage(t, way);
    const frame = Uint8Array.of(1, 2);
    line.cable.transmit(frame);
    // Its bytes are the card's again.
    frame.fill(0);
    line.cable.transmit(new Uint8Array(300));
    line.send();
    const wanted = 4 + 2 + 4 + 300;
    let bytes = Buffer.alloc(0);
    for await (const chunk of other) {
      bytes = Buffer.concat([bytes, chunk as Buffer]);
      if (bytes.length >= wanted) break;
    }
    assert.deepEqual([...bytes.subarray(0, 10)], [0, 0, 0, 2, 1, 2, 0, 0, 1, 44]);
    assert.equal(bytes.length, wanted);
  });

  test(`a cable is unplugged when its other end goes, or sends what is no frame: ${way}`, async (t) => {
    const { card, frames, line, other, said, until } = await stage(t, way);
    await until(() => card.isUp);
    other.write(Uint8Array.of(0, 2, 0, 0, 5));
    await until(() => !card.isUp);
    assert.equal(said[0], "what a network cable leads to sends something else than frames: 131072 is no frame's length");
    line.cable.transmit(Uint8Array.of(1));
    line.send();
    assert.deepEqual([frames, line.isTaken], [[], false]);
  });

  test(`what is more than a line keeps waits at its sender, and all of it comes: ${way}`, async (t) => {
    const { card, frames, other, until } = await stage(t, way);
    card.hasRoom = false;
    const count = 1200;
    for (let index = 0; index < count; index++) {
      const frame = Buffer.alloc(4 + 1500, index);
      frame.writeUInt32BE(1500);
      other.write(frame);
    }
    await until(() => card.isUp);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.ok(other.writableLength > 0);
    card.hasRoom = true;
    await until(() => frames.length === count);
    assert.ok(frames.every(({ length, 0: first }, index) => length === 1500 && first === (index & 0xff)));
  });
}
