import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { CableLine } from './cable-line.ts';

const directory = mkdtempSync(join(tmpdir(), 'isola-cable-'));
after(() => rmSync(directory, { recursive: true }));
let sockets = 0;

/** A line, and who is at its other end. */
const stage = async (t: TestContext) => {
  const path = join(directory, `${sockets++}`);
  const said: string[] = [];
  let news = Promise.withResolvers<void>();
  const wake = (): void => {
    news.resolve();
    news = Promise.withResolvers();
  };
  const line = new CableLine({ wake, say: (sentence) => void said.push(sentence) });
  const server = createServer((socket) => line.take(socket)).listen(path);
  await once(server, 'listening');
  const other: Socket = connect(path);
  t.after(() => {
    other.destroy();
    server.close();
    line.close();
  });
  await news.promise;
  const frames: number[][] = [];
  const card = {
    hasRoom: true,
    isUp: false,
    receive: (frame: Uint8Array): boolean => card.hasRoom && frames.push([...frame]) > 0,
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

test('frames come in whatever pieces they come in, and wait while the card has no room', async (t) => {
  const { card, frames, other, until } = await stage(t);
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

test('what the guest sends goes out behind its length', async (t) => {
  const { line, other } = await stage(t);
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

test('a cable is unplugged when its other end goes, or sends what is no frame', async (t) => {
  const { card, frames, line, other, said, until } = await stage(t);
  await until(() => card.isUp);
  other.write(Uint8Array.of(0, 2, 0, 0, 5));
  await until(() => !card.isUp);
  assert.equal(said[0], "what a network cable leads to sends something else than frames: 131072 is no frame's length");
  line.cable.transmit(Uint8Array.of(1));
  line.send();
  assert.deepEqual([frames, line.isTaken], [[], false]);
});
