import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { Frames, framed, mostBytes } from './packet.ts';

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const textOf = (bytes: Uint8Array): string => String.fromCharCode(...bytes);

test('a packet has the sum of its bytes behind it, as the manual’s example has', () => {
  // Appendix E.1 and E.11: `$R00#10`'s form; the sum of `OK` is 9a, of `QStartNoAckMode` b0.
  equal(textOf(framed('OK')), '$OK#9a');
  equal(textOf(framed('QStartNoAckMode')), '$QStartNoAckMode#b0');
  equal(textOf(framed('')), '$#00');
});

test('a packet comes whole, whatever pieces its bytes come in', () => {
  const frames = new Frames();
  const found = [...bytesOf('+$m0,4#fd\x03-')].flatMap((byte) => frames.take(Uint8Array.of(byte)));
  deepEqual(found, [{ packet: 'm0,4' }, 'interrupt', 'again']);
});

test('what has a meaning of its own is escaped, and comes out as it went in', () => {
  const data = 'X0,4:#$}*';
  const sent = framed(data);
  equal(textOf(sent).slice(0, -3), '$X0,4:}\x03}\x04}]}\x0a');
  deepEqual(new Frames().take(sent), [{ packet: data }]);
});

test('a wrong sum, no sum and too much are told as damage, and the next packet is read', () => {
  for (const bad of ['$m0,4#fe', '$m0,4#zz', `$${'a'.repeat(3 * mostBytes)}#00`]) {
    const frames = new Frames();
    deepEqual(frames.take(bytesOf(bad)), ['damaged']);
    deepEqual(frames.take(bytesOf('$?#3f')), [{ packet: '?' }]);
  }
});

test('a packet that begins anew replaces the one before', () => {
  deepEqual(new Frames().take(bytesOf('$m0,$?#3f')), [{ packet: '?' }]);
});
