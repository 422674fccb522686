import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Terminal } from './terminal.ts';

const shown = (...pieces: readonly string[]): readonly string[] => {
  const terminal = new Terminal(10, 4);
  for (const piece of pieces) terminal.write(piece);
  return terminal.text.split('\n');
};

test('what is drawn piece by piece is read as it stands', () => {
  assert.deepEqual(shown('\u001b[2;3Hab\u001b[4Gc', 'd\u001b[1;1H\u001b[7mtop\u001b[0m'), ['top', '  acd', '', '']);
});

test('a sequence may come in pieces, and what sets colours, modes or characters shows nothing', () => {
  assert.deepEqual(shown('\u001b', '[3', ';1Hx\u001b[?25l\u001b(', '0y\u001b]0;title\u0007z\u001b=\u000e'), ['', '', 'xyz', '']);
});

test('lines scroll, whole or within margins', () => {
  assert.deepEqual(shown('a\r\nb\r\nc\r\nd\r\ne'), ['b', 'c', 'd', 'e']);
  assert.deepEqual(shown('a\r\nb\r\nc\r\nd\u001b[2;3r\u001b[3;1H\n'), ['a', 'c', '', 'd']);
  assert.deepEqual(shown('a\r\nb\r\nc\r\nd\u001b[2;3r\u001b[2;1H\u001bM'), ['a', '', 'b', 'd']);
  assert.deepEqual(shown('a\r\nb\r\nc\r\nd\u001b[2H\u001b[M'), ['a', 'c', 'd', '']);
  assert.deepEqual(shown('a\r\nb\r\nc\r\nd\u001b[2H\u001b[L'), ['a', '', 'b', 'c']);
});

test('parts of lines are erased, moved and repeated', () => {
  assert.deepEqual(shown('abcdef\u001b[3G\u001b[K'), ['ab', '', '', '']);
  assert.deepEqual(shown('abcdef\u001b[3G\u001b[2X'), ['ab  ef', '', '', '']);
  assert.deepEqual(shown('abcdef\u001b[3G\u001b[2P'), ['abef', '', '', '']);
  assert.deepEqual(shown('abcdef\u001b[3G\u001b[2@'), ['ab  cdef', '', '', '']);
  assert.deepEqual(shown('a\u001b[4b'), ['aaaaa', '', '', '']);
  assert.deepEqual(shown('abcdefghijklm'), ['abcdefghij', 'klm', '', '']);
});
