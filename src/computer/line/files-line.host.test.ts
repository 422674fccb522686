import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { FilesLine } from './files-line.ts';

const directory = mkdtempSync(join(tmpdir(), 'isola-files-'));
after(() => rmSync(directory, { recursive: true }));
let sockets = 0;

/** A card, and what it was given. */
const card = () => {
  const answers: (readonly [number, string])[] = [];
  return { answers, answer: (number: number, reply: Uint8Array) => void answers.push([number, Buffer.from(reply).toString('latin1')]) };
};

/** A line, and who is at its other end. */
const stage = async (t: TestContext) => {
  const path = join(directory, `${sockets++}`);
  let news = Promise.withResolvers<void>();
  const line = new FilesLine(() => {
    news.resolve();
    news = Promise.withResolvers();
  });
  const server = createServer((socket) => line.take(socket)).listen(path);
  await once(server, 'listening');
  const other: Socket = connect(path);
  await once(server, 'connection');
  t.after(() => {
    other.destroy();
    server.close();
    line.close();
  });
  const its = card();
  const until = async (count: number): Promise<void> => {
    for (line.feed(its); its.answers.length < count; line.feed(its)) await news.promise;
  };
  return { line, other, its, until };
};

const answer = (number: number, text: string): Buffer => {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(4 + text.length, 0);
  head.writeUInt32BE(number, 4);
  return Buffer.concat([head, Buffer.from(text)]);
};

test('a request goes with its number and its room, and answers come in whatever pieces they come in', async (t) => {
  const { line, other, its, until } = await stage(t);
  line.server.ask(Buffer.from('what?'), 300, 7);
  const [asked] = await once(other, 'data');
  assert.deepEqual([...asked.subarray(0, 12), asked.toString('latin1', 12)], [0, 0, 0, 13, 0, 0, 0, 7, 0, 0, 1, 44, 'what?']);
  const all = Buffer.concat([answer(7, 'this'), answer(9, ''), answer(8, 'x'.repeat(100_000))]);
  for (const [from, to] of [
    [0, 3],
    [3, 9],
    [9, 13],
    [13, 50_000],
    [50_000, all.length],
  ] as const) {
    other.write(all.subarray(from, to));
    await new Promise(setImmediate);
  }
  await until(3);
  assert.deepEqual(its.answers, [
    [7, 'this'],
    [9, ''],
    [8, 'x'.repeat(100_000)],
  ]);
  assert.equal(line.feed(its), false);
});

test('where nobody has files, whoever asks is told of an error, and whoever waits for no answer has none', () => {
  const line = new FilesLine(() => {});
  const its = card();
  const request = Buffer.alloc(40);
  request.writeBigUInt64LE(0x1122n, 8);
  line.server.ask(request, 300, 1);
  line.server.ask(request, 0, 2);
  assert.equal(line.feed(its), true);
  assert.deepEqual(its.answers, [[1, '\x10\0\0\0\xfb\xff\xff\xff\x22\x11\0\0\0\0\0\0']]);
  assert.equal(line.feed(its), false);
});
