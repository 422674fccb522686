import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8Bytes } from './utf8.ts';
import { AgentDamage, decodeNumbers, encodeFrame, encodeNumbers, encodeOrder, type Frame, FrameReader, frameMost } from './wire.ts';

const frames: readonly Frame[] = [
  { kind: 67, channel: 1, payload: Uint8Array.from([1, 2, 3]) },
  { kind: 70, channel: 65535, payload: new Uint8Array() },
  { kind: 72, channel: 0, payload: new Uint8Array(40_000).fill(7) },
];
const stream = Buffer.concat(frames.map(({ kind, channel, payload }) => encodeFrame(kind, channel, payload)));

const isOutput = ({ kind }: Frame): boolean => kind === 67 || kind === 68;

/** Output comes in as many frames as pieces. */
const inOne = (read: readonly Frame[]): readonly Frame[] => {
  const whole: Frame[] = [];
  for (const frame of read) {
    const last = whole.at(-1);
    if (last === undefined || !isOutput(frame) || last.kind !== frame.kind || last.channel !== frame.channel) whole.push(frame);
    else whole[whole.length - 1] = { ...last, payload: Uint8Array.from([...last.payload, ...frame.payload]) };
  }
  return whole;
};

test('frames come out as they went in, whatever pieces they arrive in', () => {
  for (const size of [1, 7, 8, 9, 4096, stream.length]) {
    const read: Frame[] = [];
    const reader = new FrameReader((frame) => read.push(frame));
    for (let at = 0; at < stream.length; at += size) reader.write(stream.subarray(at, at + size));
    assert.deepEqual(
      inOne(read).map(({ kind, channel, payload }) => [kind, channel, [...payload]]),
      frames.map(({ kind, channel, payload }) => [kind, channel, [...payload]]),
      `in pieces of ${size}`,
    );
  }
});

test('what is no frame, or is announced longer than any, is damage', () => {
  const reader = () => new FrameReader(() => assert.fail('there was no frame'));
  assert.throws(() => reader().write(Buffer.from('no frame at all')), AgentDamage);
  const long = encodeFrame(72, 0, new Uint8Array());
  new DataView(long.buffer).setUint32(4, frameMost + 1, true);
  assert.throws(() => reader().write(long), /a frame of 1048577 bytes/);
  const chatty = encodeFrame(67, 1, new Uint8Array());
  new DataView(chatty.buffer).setUint32(4, 32_769, true);
  assert.throws(() => reader().write(chatty), /a frame of 32769 bytes/);
});

test('numbers are little endian, and a payload of another length is damage', () => {
  const payload = encodeNumbers([258, 2], [5, 1], [0xfffffffe, 4]);
  assert.deepEqual([...payload], [2, 1, 5, 254, 255, 255, 255]);
  assert.deepEqual(decodeNumbers({ kind: 1, channel: 1, payload }, 2, 1, 4), [258, 5, 0xfffffffe]);
  assert.throws(() => decodeNumbers({ kind: 70, channel: 1, payload }, 1, 1), /kind 70 has 7 bytes/);
});

test('an order is laid out as wire.h draws it', () => {
  const bytes = encodeOrder({
    command: ['ls', 'ä'],
    env: { A: '1' },
    workdir: '/',
    user: '0',
    terminal: { columns: 80, rows: 24 },
    tool: false,
  });
  const text = (value: string) => [Buffer.byteLength(value), 0, 0, 0, ...Buffer.from(value)];
  assert.deepEqual([...bytes], [1, 80, 0, 24, 0, ...text('0'), ...text('/'), 2, 0, ...text('ls'), ...text('ä'), 1, 0, ...text('A=1')]);
});

test('texts are UTF-8 as Node’s own', () => {
  for (const text of ['', 'plain', 'äöü€', '🐚 shell', 'half \ud800 pair']) assert.deepEqual([...utf8Bytes(text)], [...Buffer.from(text)]);
});
